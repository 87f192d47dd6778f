import { jsonToObject } from '../../storage/row-values.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import { isFinishedStatus } from '../../workflows/workflow-state.ts';
import type { MovedRow } from '../../workflows/workflow-row.ts';
import type { MoveRule } from '../../workflows/workflow-rules.ts';
import { replaceRow, tick } from './memory-tables.ts';
import type { MemoryTables, MemoryWorkflow } from './memory-tables.ts';

type Text = string | null;
type Rules = Record<string, Record<string, MoveRule>>;

interface Move {
  workflow_id: string;
  phase: string;
  status: Text;
  /** JSON. */
  metadata: Text;
  key: Text;
  expected_version: number | null;
  actor: Text;
}

interface MoveContext {
  trace: Text;
  correlation: Text;
  rules: Rules;
  expectedType: Text;
}

/** What is written down of a move. */
export interface MoveNote {
  actor: Text;
  trace: Text;
  correlation: Text;
  key: Text;
  metadata: Text;
  at: number;
  stayMs: number | null;
}

/** What `moveWorkflow` does. */
export function move(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [id, phase, status, metadata, key, version, actor, trace, correlation, rules, expectedType] =
    values as readonly [string, string, Text, Text, Text, number | null, Text, Text, Text, Text, Text];
  const item: Move = {
    workflow_id: id,
    phase,
    status,
    metadata,
    key,
    expected_version: version,
    actor,
  };
  return moveEach(tables, [item], { trace, correlation, rules: toRules(rules), expectedType });
}

/** What `moveWorkflows` does. */
export function moveMany(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [json, trace, correlation, rules, expectedType] = values as readonly [string, Text, Text, Text, Text];
  const items = (JSON.parse(json) as (Omit<Move, 'metadata'> & { metadata: unknown })[]).map((item) => ({
    ...item,
    metadata: item.metadata === null ? null : JSON.stringify(item.metadata),
  }));
  return moveEach(tables, items, { trace, correlation, rules: toRules(rules), expectedType });
}

/** What `selectStoredKeys` does. */
export function findStoredKeys(tables: MemoryTables, [json]: readonly unknown[]): SqlRow[] {
  return (JSON.parse(json as string) as { workflow_id: string; key: string }[]).flatMap(
    ({ workflow_id: id, key }) =>
      tables.transitions
        .filter((row) => row.workflow_id === id && row.idempotency_key === key)
        .map((row) => ({ workflow_id: id, version: row.version })),
  );
}

/** Writes a move down. */
export function noteMove(
  tables: MemoryTables,
  before: MemoryWorkflow | undefined,
  after: MemoryWorkflow,
  step: MoveNote,
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
    stay_ms: step.stayMs,
    metadata: step.metadata,
    now_ms: step.at,
  });
}

/** Metadata merged key by key; null removes one. Kept as text, so that what a caller changes in an answer is not changed here. */
export function mergeMetadata(metadata: unknown, given: Text): string {
  const merged = { ...jsonToObject(metadata), ...jsonToObject(given) };
  return JSON.stringify(Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)));
}

function moveEach(tables: MemoryTables, items: readonly Move[], context: MoveContext): MovedRow[] {
  return items.flatMap((item) => {
    const row = tables.workflows.find((each) => each.workflow_id === item.workflow_id);
    return row === undefined ? [] : [moveRow(tables, row, item, context)];
  });
}

function moveRow(tables: MemoryTables, row: MemoryWorkflow, item: Move, context: MoveContext): MovedRow {
  const repeated = tables.transitions.find(
    (each) => item.key !== null && each.workflow_id === row.workflow_id && each.idempotency_key === item.key,
  );
  if (repeated !== undefined) {
    const outcome = repeated.version === 1 ? 'key_of_creation' : 'repeated';
    return { ...row, from_phase: null, outcome };
  }
  const rule = context.rules[item.phase]?.[row.workflow_type];
  const status = item.status ?? rule?.status ?? row.status;
  const refusal = refuse(row, { ...item, status }, rule, context.expectedType);
  if (refusal !== undefined) {
    return { ...row, from_phase: null, outcome: refusal };
  }
  const at = Math.max(tick(tables), row.updated_at_ms);
  const after = apply(row, { ...item, status }, rule, at);
  replaceRow(tables.workflows, row, after);
  const endsStay =
    row.finished_at_ms === null && (after.phase_entered_at_ms === at || isFinishedStatus(status));
  noteMove(tables, row, after, {
    actor: item.actor,
    trace: context.trace,
    correlation: context.correlation ?? row.correlation_id,
    key: item.key,
    metadata: item.metadata,
    at,
    stayMs: endsStay ? at - row.phase_entered_at_ms : null,
  });
  return { ...after, from_phase: row.current_phase, outcome: 'moved' };
}

function refuse(
  row: MemoryWorkflow,
  { status, expected_version: version }: Move & { status: string },
  rule: MoveRule | undefined,
  expectedType: Text,
): MovedRow['outcome'] | undefined {
  if (expectedType !== null && row.workflow_type !== expectedType) {
    return 'wrong_type';
  }
  if (version !== null && row.version !== version) {
    return 'version_conflict';
  }
  if (rule === undefined) {
    return undefined;
  }
  if (!rule.from.includes(row.current_phase)) {
    return 'phase_not_allowed';
  }
  const isAllowed = rule.terminal ? status === rule.status : !isFinishedStatus(status);
  return isAllowed ? undefined : 'status_not_allowed';
}

function apply(
  row: MemoryWorkflow,
  { phase, status, metadata }: Move & { status: string },
  rule: MoveRule | undefined,
  at: number,
): MemoryWorkflow {
  const finishes = isFinishedStatus(status);
  const enters = phase !== row.current_phase || row.finished_at_ms !== null;
  const keptEnd = row.status === status ? row.finished_at_ms : null;
  return {
    ...row,
    current_phase: phase,
    status,
    version: row.version + 1,
    updated_at_ms: at,
    ...(enters ? { phase_entered_at_ms: at, ...limitsOf(row, rule, at) } : {}),
    ...(finishes ? { deadline_at_ms: null, unusual_at_ms: null } : {}),
    finished_at_ms: finishes ? (keptEnd ?? at) : null,
    metadata: mergeMetadata(row.metadata, metadata),
  };
}

/** The limits of a stay that begins. */
function limitsOf(
  row: MemoryWorkflow,
  rule: MoveRule | undefined,
  at: number,
): Record<'deadline_at_ms' | 'unusual_at_ms', number | null> {
  const deadline = at + (rule?.deadline_ms ?? Infinity);
  const whole = row.created_at_ms + (rule?.whole_deadline_ms ?? Infinity);
  const unusual = at + (rule?.unusual_after_ms ?? Infinity);
  return { deadline_at_ms: finiteOrNull(Math.min(deadline, whole)), unusual_at_ms: finiteOrNull(unusual) };
}

function finiteOrNull(value: number): number | null {
  return value === Infinity ? null : value;
}

function toRules(json: Text): Rules {
  return json === null ? {} : (JSON.parse(json) as Rules);
}
