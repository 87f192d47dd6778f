import { withFence } from '../../housekeeping/lease-grant.ts';
import type { Fenced, LeaseGrant } from '../../housekeeping/lease-grant.ts';
import { ensurePartitions } from '../../storage/partitions.ts';
import type { SqlRunner, SqlStore } from '../../storage/sql-store.ts';
import { firstRuns } from './minute-runs.ts';
import {
  addPending,
  deleteLatePoints,
  deleteSums,
  insertSums,
  notePartlyGone,
  lockRollupState,
  noteSummed,
  selectClock,
  selectPending,
  selectPendingBatches,
  settleMinutes,
  settlePending,
} from './roll-up.sql.ts';
import type { RollupSource } from './roll-up.sql.ts';
import { PERIOD_MS, startOfPeriod } from './rollup-period.ts';
import type { RollupPeriod } from './rollup-period.ts';

/** What summing up did. */
export interface RollUpOutcome {
  /** True when there is more, left for the next time. */
  unfinished: boolean;
  leaseLost: boolean;
}

// Each turn is a transaction of its own, short enough for the lease to be renewed in between.
const BATCHES_OF_TURN = 200;
const RUNS_OF_TURN = 12;
const MAX_DURATION_MS = 20_000;
const MINUTE_MS = PERIOD_MS.minute;

/** Which of the points and sums are whole; epoch milliseconds. */
interface RollupState extends Record<string, unknown> {
  points_from_ms: number;
  minutes_from_ms: number;
}

/** What became of a turn; undefined when there was nothing to do. */
type Turn = Fenced<unknown> | undefined;

/**
 * Sums up what has been stored since the last time: minutes from points, hours from minutes, days from hours. Whatever period a
 * point falls into, also long ago, is summed up again as a whole, so nothing is counted twice however often this is repeated,
 * or ends halfway; each transaction begins by checking the lease.
 * @throws the driver's error
 */
export async function rollUpAll(store: SqlStore, grant: LeaseGrant | undefined): Promise<RollUpOutcome> {
  const endsAt = performance.now() + MAX_DURATION_MS;
  const { rows } = await store.query<{ now_ms: number }>(selectClock);
  const turns = [
    () => sumMinutes(store, grant),
    () => sumPending(store, grant, 'hour'),
    () => sumPending(store, grant, 'day'),
  ];
  for (const take of turns) {
    for (let turn = await take(); turn !== undefined; turn = await take()) {
      if (!turn.held || performance.now() >= endsAt) {
        return { unfinished: true, leaseLost: !turn.held };
      }
    }
  }
  const noted = await withFence(store, grant, (sql) => sql.query(noteSummed, [rows[0]?.now_ms ?? 0]));
  return { unfinished: false, leaseLost: !noted.held };
}

/**
 * Tells readers that what is older than a time may be gone, before it goes.
 * @param untilMs start of an hour: of an hour, either all points are there or none, and late ones are added to its sum
 */
export async function noteIncomplete(
  store: SqlStore,
  table: 'metrics' | 'metric_minutes',
  untilMs: number,
): Promise<void> {
  await store.query(notePartlyGone(table), [untilMs]);
}

async function sumMinutes(store: SqlStore, grant: LeaseGrant | undefined): Promise<Turn> {
  const { rows } = await store.query<{ batch_id: string; minutes: string }>(selectPendingBatches, [
    BATCHES_OF_TURN,
  ]);
  if (rows.length === 0) {
    return undefined;
  }
  const runs = firstRuns(
    rows.flatMap(({ minutes }) => JSON.parse(minutes) as number[]),
    RUNS_OF_TURN,
  );
  const starts = runs.map((run) => run.map((minute) => minute * MINUTE_MS));
  await ensurePartitions(store, 'metric_minutes', starts.flat());
  await ensurePartitions(store, 'metric_hours', starts.flat());
  return withFence(store, grant, async (sql) => {
    const state = await lockState(sql);
    for (const run of starts) {
      await sumRun(sql, run, state);
    }
    const ids = toArray(rows.map(({ batch_id: batchId }) => batchId));
    await sql.query(settleMinutes, [ids, toArray(runs.flat())]);
  });
}

async function lockState(sql: SqlRunner): Promise<RollupState> {
  const { rows } = await sql.query<RollupState>(lockRollupState);
  return rows[0] ?? { points_from_ms: 0, minutes_from_ms: 0 };
}

async function sumRun(sql: SqlRunner, starts: readonly number[], state: RollupState): Promise<void> {
  const whole = starts.filter((start) => start >= state.points_from_ms);
  const late = starts.filter((start) => start < state.points_from_ms);
  const hasMinutes = (start: number): boolean => start >= state.minutes_from_ms;
  await makeSums(sql, 'minute', whole.filter(hasMinutes), 'points');
  await sql.query(addPending, ['hour', toArray(startsOf('hour', whole))]);
  if (late.length > 0) {
    await addLate(sql, late, late.filter(hasMinutes));
  }
}

/** The points that were summed up before are gone, so the sums grow by what has come late, and that goes as well. */
async function addLate(sql: SqlRunner, late: readonly number[], minutes: readonly number[]): Promise<void> {
  const hours = startsOf('hour', late);
  if (minutes.length > 0) {
    await sql.query(insertSums('minute', 'late_points'), [toArray(minutes)]);
  }
  await sql.query(insertSums('hour', 'late_points'), [toArray(hours)]);
  await sql.query(deleteLatePoints, [toArray(hours)]);
  await sql.query(addPending, ['day', toArray(startsOf('day', late))]);
}

/** One period that is over. */
async function sumPending(
  store: SqlStore,
  grant: LeaseGrant | undefined,
  period: 'hour' | 'day',
): Promise<Turn> {
  const { rows } = await store.query<{ start_ms: number | null }>(selectPending(period));
  const start = rows[0]?.start_ms ?? undefined;
  if (start === undefined) {
    return undefined;
  }
  await ensurePartitions(store, 'metric_hours', [start]);
  return withFence(store, grant, async (sql) => {
    const state = await lockState(sql);
    if (period === 'day') {
      await makeSums(sql, 'day', [start], 'hours');
    } else {
      await sumHour(sql, start, state);
    }
    await sql.query(settlePending, [period, start]);
  });
}

async function sumHour(sql: SqlRunner, start: number, state: RollupState): Promise<void> {
  const hasMinutes = start >= state.minutes_from_ms;
  // Where neither is whole any more, what came late has been added already.
  if (hasMinutes || start >= state.points_from_ms) {
    await makeSums(sql, 'hour', [start], hasMinutes ? 'minutes' : 'points');
    await sql.query(addPending, ['day', toArray(startsOf('day', [start]))]);
  }
}

async function makeSums(
  sql: SqlRunner,
  period: RollupPeriod,
  starts: readonly number[],
  source: RollupSource,
): Promise<void> {
  if (starts.length > 0) {
    await sql.query(deleteSums(period), [toArray(starts)]);
    await sql.query(insertSums(period, source), [toArray(starts)]);
  }
}

function startsOf(period: RollupPeriod, times: readonly number[]): number[] {
  return [...new Set(times.map((time) => startOfPeriod(period, time)))];
}

// What needs no quoting: whole numbers, and IDs of batches.
function toArray(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`;
}
