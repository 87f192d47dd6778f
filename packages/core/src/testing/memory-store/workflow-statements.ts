import { jsonToObject } from '../../storage/row-values.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import type { WorkflowStateRow } from '../../workflows/workflow-row.ts';
import {
  insertWorkflow,
  moveWorkflow,
  selectExistingWorkflow,
  selectHistory,
  selectWorkflow,
  selectWorkflows,
} from '../../workflows/workflows.sql.ts';
import { replaceRow, tick } from './memory-tables.ts';
import type { MemoryStatement, MemoryTables } from './memory-tables.ts';

type Text = string | null;

/** What the statements of `workflows.sql.ts` do. */
export const workflowStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [insertWorkflow, create],
  [selectExistingWorkflow, selectExisting],
  [moveWorkflow, move],
  [selectWorkflow, (tables, [id]) => tables.workflows.filter((row) => row.workflow_id === id)],
  [selectWorkflows, list],
  [selectHistory, readHistory],
];

function create(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [id, correlation, type, phase, status, metadata, parent, trace, finished, actor, key] =
    values as readonly [string, Text, string, string, string, Text, Text, Text, boolean, Text, Text];
  if (find(tables, id) !== undefined) {
    return [];
  }
  const at = tick(tables);
  const row: WorkflowStateRow = {
    workflow_id: id,
    correlation_id: correlation,
    workflow_type: type,
    current_phase: phase,
    status,
    version: 1,
    created_at_ms: at,
    updated_at_ms: at,
    finished_at_ms: finished ? at : null,
    metadata: merge('{}', metadata),
    trace_id: trace,
    parent_workflow_id: parent,
  };
  tables.workflows.push(row);
  note(tables, undefined, row, { actor, trace, correlation, key, metadata, at });
  return [row];
}

function move(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [id, phase, status, metadata, trace, correlation, finished, actor, key] = values as readonly [
    string,
    string,
    string,
    Text,
    Text,
    Text,
    boolean,
    Text,
    Text,
  ];
  const before = find(tables, id);
  if (before === undefined) {
    return [];
  }
  const repeated = tables.transitions.find(
    (row) => key !== null && row.workflow_id === id && row.idempotency_key === key,
  );
  if (repeated !== undefined) {
    return [{ ...before, key_of_creation: repeated.version === 1 }];
  }
  const at = Math.max(tick(tables), before.updated_at_ms);
  const keptEnd = before.status === status ? before.finished_at_ms : null;
  const after: WorkflowStateRow = {
    ...before,
    current_phase: phase,
    status,
    version: before.version + 1,
    updated_at_ms: at,
    finished_at_ms: finished ? (keptEnd ?? at) : null,
    metadata: merge(before.metadata, metadata),
  };
  replaceRow(tables.workflows, before, after);
  note(tables, before, after, {
    actor,
    trace,
    correlation: correlation ?? before.correlation_id,
    key,
    metadata,
    at,
  });
  return [{ ...after, key_of_creation: false }];
}

function note(
  tables: MemoryTables,
  before: WorkflowStateRow | undefined,
  after: WorkflowStateRow,
  step: { actor: Text; trace: Text; correlation: Text; key: Text; metadata: Text; at: number },
): void {
  tables.transitions.push({
    workflow_id: after.workflow_id,
    version: after.version,
    from_phase: before?.current_phase ?? null,
    to_phase: after.current_phase,
    from_status: before?.status ?? null,
    to_status: after.status,
    actor: step.actor,
    trace_id: step.trace,
    correlation_id: step.correlation,
    idempotency_key: step.key,
    occurred_at_ms: step.at,
    metadata: step.metadata,
  });
}

function selectExisting(tables: MemoryTables, [id]: readonly unknown[]): SqlRow[] {
  const row = find(tables, id);
  const creation = tables.transitions.find((each) => each.workflow_id === id && each.version === 1);
  return row === undefined ? [] : [{ ...row, creation_key: creation?.idempotency_key ?? null }];
}

function list(tables: MemoryTables, [status, type, correlation, limit]: readonly unknown[]): SqlRow[] {
  return tables.workflows
    .filter(
      (row) =>
        (status === null || row.status === status) &&
        (type === null || row.workflow_type === type) &&
        (correlation === null || row.correlation_id === correlation),
    )
    .sort((a, b) => b.created_at_ms - a.created_at_ms)
    .slice(0, limit as number);
}

function readHistory(tables: MemoryTables, [id]: readonly unknown[]): SqlRow[] {
  const moves = tables.transitions.filter((row) => row.workflow_id === id);
  if (moves.length > 0) {
    return moves;
  }
  return find(tables, id) === undefined ? [] : [{ workflow_id: id, version: null }];
}

function find(tables: MemoryTables, id: unknown): WorkflowStateRow | undefined {
  return tables.workflows.find((row) => row.workflow_id === id);
}

/** Kept as text, so that what a caller changes in an answer is not changed here. */
function merge(metadata: unknown, given: Text): string {
  const merged = { ...jsonToObject(metadata), ...jsonToObject(given) };
  return JSON.stringify(Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)));
}
