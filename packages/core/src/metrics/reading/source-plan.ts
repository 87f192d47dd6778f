import { PERIOD_MS, startOfPeriod } from '../rollups/rollup-period.ts';
import type { RollupPeriod } from '../rollups/rollup-period.ts';

/** Where a part of a time range is read from: points as they were recorded, or sums by a period. */
export type Source = 'points' | RollupPeriod;

/** A part of a time range and what answers it; epoch milliseconds, `to` not included. */
export interface SourceSegment {
  source: Source;
  from: number;
  to: number;
}

/** What the database has of points and sums; epoch milliseconds. */
export interface SourceState {
  /** Older points may be gone. */
  pointsFrom: number;
  /** Older sums by minute may be gone. */
  minutesFrom: number;
  /** Everything stored before this is summed up, except what the three below say. */
  summedTo: number;
  /** Oldest minute that has points which are not summed up. */
  oldestDirtyMinute: number | undefined;
  /** Oldest hour and day whose sums have to be made, or made again. */
  oldestPendingHour: number | undefined;
  oldestPendingDay: number | undefined;
}

/** What a read needs of its sources. */
export interface SourceNeeds {
  from: number;
  /** Not included. */
  to: number;
  /** Milliseconds of a step of a time series; undefined where the range is one. */
  stepMs?: number | undefined;
  /** True to read points wherever they are whole, for exact percentiles. */
  preferPoints?: boolean | undefined;
}

const COARSEST_FIRST = ['day', 'hour', 'minute'] as const;

/**
 * Covers a time range with the coarsest sums that are whole and fit into its steps, and with points at its edges and where
 * nothing is summed up yet. Where points are gone, sums answer for whole periods, so a range that begins within one begins with it.
 * @returns segments in the order of time, without gaps and without overlaps
 */
export function planSources(needs: SourceNeeds, state: SourceState): SourceSegment[] {
  if (needs.from >= needs.to) {
    return [];
  }
  const cuts = cutsOf(state);
  const oldest = oldestOf(state);
  const segments: SourceSegment[] = [];
  let at = needs.from;
  while (at < needs.to) {
    const segment = nextSegment(at, needs, cuts, oldest);
    segments.push(segment);
    at = segment.to;
  }
  return joinNeighbours(segments);
}

/** Segments, and the length of step that they can answer. */
export interface SourcePlan {
  segments: SourceSegment[];
  stepMs: number | undefined;
}

/**
 * The same for the steps of a time series: where only sums over longer periods are left, steps become whole numbers of those,
 * because a sum belongs into one step.
 */
export function planSteps(needs: SourceNeeds, state: SourceState): SourcePlan {
  const segments = planSources(needs, state);
  const { stepMs } = needs;
  const longest = segments.reduce(
    (most, { source }) => (source === 'points' ? most : Math.max(most, PERIOD_MS[source])),
    1,
  );
  if (stepMs === undefined || stepMs % longest === 0) {
    return { segments, stepMs };
  }
  const longer = Math.ceil(stepMs / longest) * longest;
  const from = Math.floor(needs.from / longer) * longer;
  return { segments: planSources({ ...needs, from, stepMs: longer }, state), stepMs: longer };
}

/** Up to where sums of each period are whole. */
function cutsOf(state: SourceState): Record<RollupPeriod, number> {
  const minute = Math.max(
    Math.min(startOfPeriod('minute', state.summedTo), state.oldestDirtyMinute ?? Infinity),
    // What has come late is missing in the sums for a minute or so; the other points are gone.
    Math.min(state.summedTo, state.pointsFrom),
  );
  const hour = Math.max(
    Math.min(startOfPeriod('hour', minute), state.oldestPendingHour ?? Infinity),
    Math.min(startOfPeriod('hour', minute), state.minutesFrom),
  );
  const day = Math.min(startOfPeriod('day', hour), state.oldestPendingDay ?? Infinity);
  return { minute, hour, day };
}

/** From when on each source is whole. Sums by hour and day go together, and last. */
function oldestOf({ pointsFrom, minutesFrom }: SourceState): Record<Source, number> {
  return { points: pointsFrom, minute: minutesFrom, hour: -Infinity, day: -Infinity };
}

function nextSegment(
  at: number,
  needs: SourceNeeds,
  cuts: Record<RollupPeriod, number>,
  oldest: Record<Source, number>,
): SourceSegment {
  const { to, stepMs } = needs;
  const prefersPoints = needs.preferPoints === true && at >= oldest.points;
  // Where points are preferred, sums stand in for them only as far as they are gone.
  const upToPoints = needs.preferPoints === true ? oldest.points : Infinity;
  const fitting = prefersPoints
    ? []
    : COARSEST_FIRST.filter((period) => stepMs === undefined || stepMs % PERIOD_MS[period] === 0);
  for (const [place, period] of fitting.entries()) {
    const end = Math.min(
      startOfPeriod(period, Math.min(to, cuts[period], upToPoints)),
      ...fitting.slice(0, place).map((coarser) => startsAfter(coarser, at, cuts)),
    );
    if (startOfPeriod(period, at) === at && at < end && at >= oldest[period]) {
      return { source: period, from: at, to: end };
    }
  }
  // A coarser source begins at the next start of its period, and points where they are whole again.
  const next = Math.min(to, ...fitting.map((period) => startsAfter(period, at, cuts)));
  if (at >= oldest.points) {
    return { source: 'points', from: at, to: next };
  }
  return withoutPoints(at, Math.min(to, oldest.points), cuts, oldest);
}

function startsAfter(period: RollupPeriod, at: number, cuts: Record<RollupPeriod, number>): number {
  const start = startOfPeriod(period, at) + PERIOD_MS[period];
  return start < cuts[period] ? start : Infinity;
}

/** The finest sums there are, from the start of their period; points where there are none at all. */
function withoutPoints(
  at: number,
  to: number,
  cuts: Record<RollupPeriod, number>,
  oldest: Record<Source, number>,
): SourceSegment {
  for (const period of ['minute', 'hour'] as const) {
    const from = startOfPeriod(period, at);
    if (from >= oldest[period] && from < cuts[period]) {
      // One period only: after it, a coarser one may fit.
      return { source: period, from, to: from + PERIOD_MS[period] };
    }
  }
  return { source: 'points', from: at, to };
}

function joinNeighbours(segments: readonly SourceSegment[]): SourceSegment[] {
  const joined: SourceSegment[] = [];
  for (const segment of segments) {
    const last = joined.at(-1);
    if (last?.source === segment.source && last.to >= segment.from) {
      last.to = segment.to;
    } else {
      joined.push({ ...segment });
    }
  }
  return joined;
}
