import { jsonToObject } from '../../storage/row-values.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import type { WorkflowStateRow } from '../../workflows/workflow-row.ts';
import { moveWorkflow, moveWorkflows, selectStoredKeys } from '../../workflows/workflow-moves.sql.ts';
import {
  insertWorkflow,
  selectChildren,
  selectExistingWorkflow,
  selectHistory,
  selectTree,
  selectWorkflow,
  selectWorkflows,
  selectWorkflowsByMetadata,
  selectWorkflowsByTrace,
} from '../../workflows/workflows.sql.ts';
import { containsJson } from './json-containment.ts';
import { tick } from './memory-tables.ts';
import type { MemoryStatement, MemoryTables, MemoryWorkflow } from './memory-tables.ts';
import { findStoredKeys, mergeMetadata, move, moveMany, noteMove } from './workflow-moves.ts';

type Text = string | null;

/** In the order of `insertWorkflow`. */
type CreateValues = readonly [
  id: string,
  correlation: Text,
  type: string,
  phase: string,
  status: string,
  metadata: Text,
  parent: Text,
  trace: Text,
  finished: boolean,
  actor: Text,
  key: Text,
  deadlineMs: number | null,
  unusualMs: number | null,
];

/** What the statements of `workflows.sql.ts` and `workflow-moves.sql.ts` do. */
export const workflowStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [insertWorkflow, create],
  [selectExistingWorkflow, selectExisting],
  [moveWorkflow, move],
  [moveWorkflows, moveMany],
  [selectStoredKeys, findStoredKeys],
  [selectWorkflow, (tables, [id]) => tables.workflows.filter((row) => row.workflow_id === id)],
  [selectWorkflows, list],
  [selectWorkflowsByMetadata, list],
  [selectWorkflowsByTrace, list],
  [selectChildren, selectChildrenOf],
  [selectTree, readTree],
  [selectHistory, readHistory],
];

function create(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [id, correlation, type, phase, status, metadata, parent, trace, finished, actor, key, ...limits] =
    values as CreateValues;
  const [deadlineMs, unusualMs] = finished ? [null, null] : limits;
  if (find(tables, id) !== undefined) {
    return [];
  }
  const at = tick(tables);
  const row: MemoryWorkflow = {
    workflow_id: id,
    correlation_id: correlation,
    workflow_type: type,
    current_phase: phase,
    status,
    version: 1,
    created_at_ms: at,
    updated_at_ms: at,
    phase_entered_at_ms: at,
    deadline_at_ms: deadlineMs === null ? null : at + deadlineMs,
    unusual_at_ms: unusualMs === null ? null : at + unusualMs,
    finished_at_ms: finished ? at : null,
    metadata: mergeMetadata('{}', metadata),
    trace_id: trace,
    parent_workflow_id: parent,
  };
  tables.workflows.push(row);
  noteMove(tables, undefined, row, { actor, trace, correlation, key, metadata, at, stayMs: null });
  return [row];
}

function selectExisting(tables: MemoryTables, [id]: readonly unknown[]): SqlRow[] {
  const row = find(tables, id);
  const creation = tables.transitions.find((each) => each.workflow_id === id && each.version === 1);
  return row === undefined ? [] : [{ ...row, creation_key: creation?.idempotency_key ?? null }];
}

function list(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [status, type, correlation, after, limit, metadata = null, trace = null] = values as readonly [
    Text,
    Text,
    Text,
    Text,
    number,
    Text?,
    Text?,
  ];
  const wanted: unknown = metadata === null ? {} : JSON.parse(metadata);
  const found = tables.workflows.filter(
    (row) =>
      (status === null || row.status === status) &&
      (type === null || row.workflow_type === type) &&
      (correlation === null || row.correlation_id === correlation) &&
      (trace === null || isInTrace(tables, row, trace)) &&
      containsJson(jsonToObject(row.metadata), wanted),
  );
  return pageOf(tables, found, (a, b) => b.created_at_ms - a.created_at_ms, { after, limit });
}

function selectChildrenOf(tables: MemoryTables, [id, after, limit]: readonly unknown[]): SqlRow[] {
  const found = tables.workflows.filter((row) => row.parent_workflow_id === id);
  return pageOf(tables, found, byCreation, { after: after as Text, limit: limit as number });
}

/** No two rows are created at the same time here, so that orders them. */
function pageOf(
  tables: MemoryTables,
  rows: readonly WorkflowStateRow[],
  order: (a: WorkflowStateRow, b: WorkflowStateRow) => number,
  { after, limit }: { after: Text; limit: number },
): SqlRow[] {
  const last = after === null ? undefined : find(tables, after);
  if (after !== null && last === undefined) {
    return [];
  }
  return rows
    .filter((row) => last === undefined || order(row, last) > 0)
    .toSorted(order)
    .slice(0, limit);
}

function readTree(tables: MemoryTables, [id, limit]: readonly unknown[]): SqlRow[] {
  const seen = new Set<string>();
  let level = tables.workflows.filter((row) => row.workflow_id === id);
  const rows: WorkflowStateRow[] = [];
  while (level.length > 0) {
    const ids = new Set(level.map((row) => row.workflow_id));
    rows.push(...level);
    ids.forEach((each) => seen.add(each));
    level = tables.workflows
      .filter((row) => ids.has(row.parent_workflow_id ?? '') && !seen.has(row.workflow_id))
      .toSorted(byCreation);
  }
  return rows.slice(0, limit as number);
}

function byCreation(a: WorkflowStateRow, b: WorkflowStateRow): number {
  return a.created_at_ms - b.created_at_ms;
}

function isInTrace(tables: MemoryTables, row: WorkflowStateRow, trace: string): boolean {
  return tables.transitions.some((each) => each.workflow_id === row.workflow_id && each.trace_id === trace);
}

function readHistory(tables: MemoryTables, [id, afterVersion, limit]: readonly unknown[]): SqlRow[] {
  const moves = tables.transitions
    .filter((row) => row.workflow_id === id && row.version > ((afterVersion as number | null) ?? 0))
    .slice(0, (limit as number | null) ?? Infinity);
  const now = tick(tables);
  if (moves.length > 0) {
    return moves.map((row) => ({ ...row, now_ms: now }));
  }
  return find(tables, id) === undefined ? [] : [{ workflow_id: id, version: null, now_ms: now }];
}

function find(tables: MemoryTables, id: unknown): WorkflowStateRow | undefined {
  return tables.workflows.find((row) => row.workflow_id === id);
}
