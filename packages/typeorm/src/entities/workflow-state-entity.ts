import { EntitySchema } from 'typeorm';
import { readOnlyColumn } from './read-only-column.ts';

/** A row of `observability.workflow_state`: where a workflow stands now. */
export interface StoredWorkflowState {
  /** UUID. */
  readonly workflowId: string;
  readonly workflowType: string;
  readonly currentPhase: string;
  readonly status: string;
  /** Number of the last transition; 1 is the creation. */
  readonly version: number;
  readonly correlationId: string | null;
  /** Trace in which it was created. */
  readonly traceId: string | null;
  readonly parentWorkflowId: string | null;
  /** Metadata of all transitions, merged. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  /** When it last moved. */
  readonly updatedAt: Date;
  /** When it came into its phase, or was taken up again. */
  readonly phaseEnteredAt: Date;
  /** When the current phase should be over. */
  readonly deadlineAt: Date | null;
  /** When a stay in the current phase is unusually long by its definition. */
  readonly unusualAt: Date | null;
  /** When it reached `completed`, `failed` or `cancelled`; null while it runs. */
  readonly finishedAt: Date | null;
}

/**
 * Where the workflows stand, to read; `WorkflowStateTracker` moves them.
 * @example `await dataSource.getRepository(WorkflowStateEntity).findBy({ status: 'running', workflowType: 'order' });`
 */
export const WorkflowStateEntity: EntitySchema<StoredWorkflowState> = new EntitySchema<StoredWorkflowState>({
  name: 'ObservabilityWorkflowState',
  schema: 'observability',
  tableName: 'workflow_state',
  synchronize: false,
  columns: {
    workflowId: readOnlyColumn('uuid', 'workflow_id', { primary: true }),
    workflowType: readOnlyColumn('text', 'workflow_type'),
    currentPhase: readOnlyColumn('text', 'current_phase'),
    status: readOnlyColumn('text', 'status'),
    // Not TypeORM's own kind of version column, which it would write.
    version: readOnlyColumn('integer', 'version'),
    correlationId: readOnlyColumn('varchar', 'correlation_id', { nullable: true }),
    traceId: readOnlyColumn('varchar', 'trace_id', { nullable: true }),
    parentWorkflowId: readOnlyColumn('uuid', 'parent_workflow_id', { nullable: true }),
    metadata: readOnlyColumn('jsonb', 'metadata'),
    createdAt: readOnlyColumn('timestamptz', 'created_at'),
    updatedAt: readOnlyColumn('timestamptz', 'updated_at'),
    phaseEnteredAt: readOnlyColumn('timestamptz', 'phase_entered_at'),
    deadlineAt: readOnlyColumn('timestamptz', 'deadline_at', { nullable: true }),
    unusualAt: readOnlyColumn('timestamptz', 'unusual_at', { nullable: true }),
    finishedAt: readOnlyColumn('timestamptz', 'finished_at', { nullable: true }),
  },
});
