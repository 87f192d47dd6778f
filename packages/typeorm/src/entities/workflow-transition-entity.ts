import { EntitySchema } from 'typeorm';
import { readOnlyColumn } from './read-only-column.ts';

/** A row of `observability.workflow_transitions`: one move of a workflow. */
export interface StoredWorkflowTransition {
  /** UUID. */
  readonly workflowId: string;
  /** Running number within the workflow; 1 is the creation. */
  readonly version: number;
  /** Null for the creation. */
  readonly fromPhase: string | null;
  readonly toPhase: string;
  /** Null for the creation. */
  readonly fromStatus: string | null;
  readonly toStatus: string;
  /** Who or what moved it. */
  readonly actor: string | null;
  readonly traceId: string | null;
  readonly correlationId: string | null;
  readonly idempotencyKey: string | null;
  readonly occurredAt: Date;
  /** Milliseconds it had been in `fromPhase`, where this move ended that. */
  readonly stayMs: number | null;
  /** Metadata as it was given to this transition. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

/**
 * Every move of every workflow, to read.
 * @example `await dataSource.getRepository(WorkflowTransitionEntity).find({ where: { workflowId }, order: { version: 'ASC' } });`
 */
export const WorkflowTransitionEntity: EntitySchema<StoredWorkflowTransition> =
  new EntitySchema<StoredWorkflowTransition>({
    name: 'ObservabilityWorkflowTransition',
    schema: 'observability',
    tableName: 'workflow_transitions',
    synchronize: false,
    columns: {
      workflowId: readOnlyColumn('uuid', 'workflow_id', { primary: true }),
      version: readOnlyColumn('integer', 'version', { primary: true }),
      fromPhase: readOnlyColumn('text', 'from_phase', { nullable: true }),
      toPhase: readOnlyColumn('text', 'to_phase'),
      fromStatus: readOnlyColumn('text', 'from_status', { nullable: true }),
      toStatus: readOnlyColumn('text', 'to_status'),
      actor: readOnlyColumn('text', 'actor', { nullable: true }),
      traceId: readOnlyColumn('varchar', 'trace_id', { nullable: true }),
      correlationId: readOnlyColumn('varchar', 'correlation_id', { nullable: true }),
      idempotencyKey: readOnlyColumn('text', 'idempotency_key', { nullable: true }),
      occurredAt: readOnlyColumn('timestamptz', 'occurred_at'),
      stayMs: readOnlyColumn('double precision', 'stay_ms', { nullable: true }),
      metadata: readOnlyColumn('jsonb', 'metadata', { nullable: true }),
    },
  });
