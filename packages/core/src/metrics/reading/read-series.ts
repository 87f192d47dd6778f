import type { SqlRow, SqlRunner } from '../../storage/sql-store.ts';
import { byGroup, parseGroupKey } from './group-labels.ts';
import { interpolatePercentile } from './interpolate-percentile.ts';
import { readPercentileParts } from './read-percentile-parts.ts';
import { readFromSources } from './read-sources.ts';
import type { ResolvedAggregate, SeriesRange } from './series-arguments.ts';
import { elapsedSeconds, fillGaps, gridOf } from './series-grid.ts';
import { selectSeriesSums } from './series-sums.sql.ts';
import type { MetricSeries } from './series.ts';

/** A row of `selectSeriesSums`. */
export interface SeriesSumsRow extends SqlRow {
  group_key: string;
  slot: number;
  grown: number | null;
  sum: number;
  count: number;
  avg: number | null;
  min: number | null;
  max: number | null;
}

/** When now is, and how long the windows are in which things are recorded. */
export interface SeriesClock {
  now: number;
  windowMs: number;
}

/** The series of each group, those with most observations first. */
export async function readSeries(
  sql: SqlRunner,
  range: SeriesRange,
  clock: SeriesClock,
): Promise<MetricSeries[]> {
  const { aggregate } = range;
  return typeof aggregate === 'object'
    ? readPercentileSeries(sql, range, aggregate.fraction)
    : readSums(sql, range, aggregate, clock);
}

async function readPercentileSeries(
  sql: SqlRunner,
  range: SeriesRange,
  fraction: number,
): Promise<MetricSeries[]> {
  const { rows, stepMs } = await readPercentileParts(sql, wholeSteps(range), {
    ...shapeOf(range),
    fractions: [fraction],
    limit: range.limit,
  });
  return toSeries(range, stepMs, rows, {
    weigh: (row) => row.total ?? 0,
    valueOf: (row) => interpolatePercentile(fraction, row),
  });
}

async function readSums(
  sql: SqlRunner,
  range: SeriesRange,
  aggregate: Exclude<ResolvedAggregate, object>,
  { now, windowMs }: SeriesClock,
): Promise<MetricSeries[]> {
  const { rows, stepMs } = await readFromSources<SeriesSumsRow>(
    sql,
    wholeSteps(range),
    { ...shapeOf(range), own: [null, range.limit] },
    ({ segments }) => selectSeriesSums(segments.map(({ source }) => source)),
  );
  const elapsed = { until: Math.min(range.to, now), leastMs: windowMs };
  return toSeries(range, stepMs, rows, {
    weigh: (row) => row.count,
    valueOf: (row) => {
      if (aggregate !== 'rate') {
        return row[aggregate];
      }
      return row.grown === null ? null : row.grown / elapsedSeconds(row.slot, stepMs, elapsed);
    },
  });
}

function shapeOf({ groupBy, stepMs }: SeriesRange): { groupBy: readonly string[]; stepMs: number } {
  return { groupBy, stepMs };
}

/** The range from the start of its first step; `to` is included from here on. */
function wholeSteps(range: SeriesRange): SeriesRange {
  return {
    ...range,
    from: gridOf(range.from, range.to, range.stepMs).first * range.stepMs,
    to: range.to - 1,
  };
}

function toSeries<Row extends { group_key: string; slot: number }>(
  range: SeriesRange,
  stepMs: number,
  rows: readonly Row[],
  { weigh, valueOf }: { weigh: (row: Row) => number; valueOf: (row: Row) => number | null },
): MetricSeries[] {
  const grid = gridOf(range.from, range.to, stepMs);
  return [...byGroup(rows)]
    .map(([groupKey, ofGroup]) => ({
      weight: ofGroup.reduce((sum, row) => sum + weigh(row), 0),
      series: {
        labels: parseGroupKey(groupKey, range.groupBy),
        stepMs,
        points: fillGaps(grid, new Map(ofGroup.map((row) => [row.slot, valueOf(row)]))),
      },
    }))
    .toSorted((left, right) => right.weight - left.weight)
    .map(({ series }) => series);
}
