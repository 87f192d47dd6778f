import type { SqlRow, SqlRunner } from '../../storage/sql-store.ts';
import type { PointRange } from './query-arguments.ts';
import { planSteps } from './source-plan.ts';
import type { SourcePlan, SourceSegment, SourceState } from './source-plan.ts';
import { selectSourceState } from './source-state.sql.ts';

interface SourceStateRow extends SqlRow {
  now_ms: number;
  points_from_ms: number;
  minutes_from_ms: number;
  summed_to_ms: number;
  dirty_minute_ms: number | null;
  pending_hour_ms: number | null;
  pending_day_ms: number | null;
  is_single: boolean;
}

/** How a read is grouped and which sources may answer it. */
export interface ReadShape {
  groupBy: readonly string[];
  /** Milliseconds of a step; undefined where the range is one. */
  stepMs?: number | undefined;
  /** The statement's own parameters, `$6` and `$7`. */
  own: readonly [unknown, number];
  /** True to read points where single observations were recorded and are still there, whatever sums exist. */
  prefersExact?: boolean | undefined;
}

/** Rows, and the length of a step that they have. */
export interface SourceRows<Row> {
  rows: Row[];
  stepMs: number;
}

/** What a statement is made for. */
export interface SourcesFound {
  segments: readonly SourceSegment[];
  /** Epoch milliseconds; a range can reach beyond it, because clocks differ. */
  now: number;
  /** True where the newest points of the metric are single observations. */
  isSingle: boolean;
}

/** Asks which sources are whole, plans, and runs the statement over them. */
export async function readFromSources<Row extends SqlRow>(
  sql: SqlRunner,
  range: PointRange,
  shape: ReadShape,
  toStatement: (found: SourcesFound) => string,
): Promise<SourceRows<Row>> {
  const { stepMs, ...found } = await readPlan(sql, range, shape);
  const { segments } = found;
  if (segments.length === 0) {
    return { rows: [], stepMs: stepMs ?? 0 };
  }
  const values = [
    range.name,
    range.labels,
    range.serviceName,
    JSON.stringify(shape.groupBy),
    stepMs ?? null,
    ...shape.own,
    ...segments.flatMap(({ from, to }) => [from, to]),
  ];
  const { rows } = await sql.query<Row>(toStatement(found), values);
  return { rows, stepMs: stepMs ?? 0 };
}

async function readPlan(
  sql: SqlRunner,
  { name, from, to }: PointRange,
  { stepMs, prefersExact }: ReadShape,
): Promise<SourcePlan & SourcesFound> {
  const { rows } = await sql.query<SourceStateRow>(selectSourceState, [name, from, to]);
  const state = rows[0];
  const isSingle = state?.is_single === true;
  const preferPoints = prefersExact === true && isSingle;
  // The last moment counts, and times are whole milliseconds.
  return {
    ...planSteps({ from, to: to + 1, stepMs, preferPoints }, toState(state)),
    isSingle,
    now: state?.now_ms ?? to,
  };
}

// Without the row nothing has ever been summed up.
function toState(row: SourceStateRow | undefined): SourceState {
  return {
    pointsFrom: row?.points_from_ms ?? 0,
    minutesFrom: row?.minutes_from_ms ?? 0,
    summedTo: row?.summed_to_ms ?? 0,
    oldestDirtyMinute: row?.dirty_minute_ms ?? undefined,
    oldestPendingHour: row?.pending_hour_ms ?? undefined,
    oldestPendingDay: row?.pending_day_ms ?? undefined,
  };
}
