import { assertArguments, assertCorrelationId, assertLimit } from '../arguments/assert-arguments.ts';
import { describeValue } from '../arguments/describe-value.ts';
import { metadataToJson } from '../arguments/metadata.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { SqlRunner } from '../storage/sql-store.ts';
import { dwellTimesOf } from './dwell-time.ts';
import type { DwellTime } from './dwell-time.ts';
import { assertStatus, assertWorkflowType, toVersion } from './workflow-arguments.ts';
import { toWorkflowId } from './workflow-id.ts';
import type { HistoryOptions, PageOptions, TreeOptions, WorkflowFilter } from './workflow-input.ts';
import { workflowNotFound } from './workflow-not-found.ts';
import { rowsToWorkflowTransitions, rowToWorkflowState } from './workflow-row.ts';
import type { WorkflowStateRow, WorkflowTransitionRow } from './workflow-row.ts';
import type { WorkflowState, WorkflowTransition } from './workflow-state.ts';
import { buildWorkflowTree } from './workflow-tree.ts';
import type { WorkflowTree } from './workflow-tree.ts';
import type { SqlValue } from './workflow-values.ts';
import {
  selectChildren,
  selectHistory,
  selectTree,
  selectWorkflow,
  selectWorkflows,
  selectWorkflowsByMetadata,
  selectWorkflowsByTrace,
} from './workflows.sql.ts';

const TRACE_ID = /^[0-9a-f]{32}$/;

/** Where a workflow stands; null where there is none. */
export async function readWorkflow(sql: SqlRunner, id: unknown): Promise<WorkflowState | null> {
  const { rows } = await sql.query<WorkflowStateRow>(selectWorkflow, [toWorkflowId(id)]);
  return rows[0] === undefined ? null : rowToWorkflowState(rows[0]);
}

/** The workflows that match, the newest first. */
export async function readWorkflows(sql: SqlRunner, filter: WorkflowFilter): Promise<WorkflowState[]> {
  const [statement, values] = filterToStatement(filter);
  return readPage(sql, statement, values, filter.after);
}

/** The children of a workflow, the oldest first. */
export async function readChildren(
  sql: SqlRunner,
  id: unknown,
  options: PageOptions,
): Promise<WorkflowState[]> {
  const workflowId = toWorkflowId(id);
  assertArguments(options, 'The second argument of children', '{ limit: 10 }');
  const { after, limit } = toPage(options);
  return readPage(sql, selectChildren, [workflowId, after, limit], options.after);
}

/** A workflow with what it has started, and so on. */
export async function readTree(sql: SqlRunner, id: unknown, options: TreeOptions): Promise<WorkflowTree> {
  const workflowId = toWorkflowId(id);
  assertArguments(options, 'The second argument of tree', '{ limit: 100 }');
  const { limit = 1_000 } = options;
  assertLimit(limit);
  const { rows } = await sql.query<WorkflowStateRow>(selectTree, [workflowId, limit]);
  const tree = buildWorkflowTree(rows.map(rowToWorkflowState));
  if (tree === undefined) {
    throw workflowNotFound(workflowId);
  }
  return tree;
}

/** The moves of a workflow, the oldest first. */
export async function readHistory(
  sql: SqlRunner,
  id: unknown,
  options: HistoryOptions,
): Promise<WorkflowTransition[]> {
  const workflowId = toWorkflowId(id);
  assertArguments(options, 'The second argument of history', '{ afterVersion: 100, limit: 100 }');
  const { limit } = options;
  const afterVersion = toVersion('afterVersion', options.afterVersion, 0);
  if (limit !== undefined) {
    assertLimit(limit);
  }
  return rowsToWorkflowTransitions(await readMoves(sql, [workflowId, afterVersion, limit ?? null]));
}

/** How long a workflow has been in each phase, up to now. */
export async function readDwellTimes(sql: SqlRunner, id: unknown): Promise<DwellTime[]> {
  const rows = await readMoves(sql, [toWorkflowId(id), null, null]);
  return dwellTimesOf(rowsToWorkflowTransitions(rows), rows[0]?.now_ms ?? 0);
}

async function readMoves(
  sql: SqlRunner,
  values: readonly [id: string, afterVersion: number | null, limit: number | null],
): Promise<WorkflowTransitionRow[]> {
  const { rows } = await sql.query<WorkflowTransitionRow>(selectHistory, values);
  if (rows.length === 0) {
    throw workflowNotFound(values[0]);
  }
  return rows;
}

async function readPage(
  sql: SqlRunner,
  statement: string,
  values: readonly SqlValue[],
  after: string | undefined,
): Promise<WorkflowState[]> {
  const { rows } = await sql.query<WorkflowStateRow>(statement, values);
  // Behind a workflow that was deleted nothing is found; that must not look like the end of the list.
  if (rows.length === 0 && after !== undefined && (await readWorkflow(sql, after)) === null) {
    throw workflowNotFound(after);
  }
  return rows.map(rowToWorkflowState);
}

/** Checks the argument of `listWorkflows`; by what it is found decides on the statement. */
function filterToStatement(filter: WorkflowFilter): readonly [string, readonly SqlValue[]] {
  assertArguments(filter, 'The argument of listWorkflows', "{ status: 'running', limit: 10 }");
  const { status, workflowType, correlationId, traceId } = filter;
  if (status !== undefined) {
    assertStatus(status);
  }
  if (workflowType !== undefined) {
    assertWorkflowType(workflowType);
  }
  if (correlationId !== undefined) {
    assertCorrelationId(correlationId);
  }
  const { after, limit } = toPage(filter);
  const values = [status ?? null, workflowType ?? null, correlationId ?? null, after, limit];
  const metadata = toContainedMetadata(filter.metadata);
  if (traceId !== undefined) {
    return [selectWorkflowsByTrace, [...values, metadata, toTraceId(traceId)]];
  }
  return metadata === null ? [selectWorkflows, values] : [selectWorkflowsByMetadata, [...values, metadata]];
}

function toPage({ after, limit = 100 }: PageOptions): { after: string | null; limit: number } {
  assertLimit(limit);
  return { after: after === undefined ? null : toWorkflowId(after, 'after'), limit };
}

/** Not masked: a secret is stored masked, and must not find all the others that are. */
function toContainedMetadata(metadata: unknown): string | null {
  if (metadata === undefined) {
    return null;
  }
  const json = metadataToJson(metadata, {
    code: 'WORKFLOW_METADATA_INVALID',
    redact: (_key, value) => value,
  });
  if (json === '{}') {
    throw new ObservabilityError(
      'WORKFLOW_METADATA_INVALID',
      'metadata is an empty object, which every workflow holds; expected what to look for, such as { orderId: 42 }.',
    );
  }
  return json;
}

function toTraceId(traceId: unknown): string {
  if (typeof traceId !== 'string' || !TRACE_ID.test(traceId)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `traceId is ${describeValue(traceId)}; expected 32 lower-case hex digits, as a trace has them.`,
    );
  }
  return traceId;
}
