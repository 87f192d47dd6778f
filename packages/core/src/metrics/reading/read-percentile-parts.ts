import type { SqlRow, SqlRunner } from '../../storage/sql-store.ts';
import type { PercentileParts } from './interpolate-percentile.ts';
import { selectPercentileParts } from './percentiles.sql.ts';
import type { PointRange } from './query-arguments.ts';
import { readFromSources } from './read-sources.ts';
import type { ReadShape, SourceRows, SourcesFound } from './read-sources.ts';

/** A row of `selectPercentileParts`. */
export interface PercentilePartsRow extends SqlRow, PercentileParts {
  group_key: string;
  slot: number;
  exact: boolean;
  relative_error: number;
  position: number;
  is_short: boolean;
}

/** Which percentiles of a range, how grouped, and how many groups. */
export interface PercentilePartsShape extends Omit<ReadShape, 'own'> {
  fractions: readonly number[];
  limit: number;
}

// Below that, most buckets are needed anyway.
const LEAST_FRACTION_OF_TAIL = 0.75;

/** Reads the parts of percentiles from high buckets only, where these can be expected to do. */
export async function readPercentileParts(
  sql: SqlRunner,
  range: PointRange,
  { fractions, limit, ...shape }: PercentilePartsShape,
): Promise<SourceRows<PercentilePartsRow>> {
  const isOne = shape.groupBy.length === 0 && shape.stepMs === undefined;
  const read = (tail: number | null): Promise<SourceRows<PercentilePartsRow>> =>
    readFromSources(sql, range, { ...shape, own: [JSON.stringify({ fractions, tail }), limit] }, (found) =>
      selectPercentileParts(
        found.segments.map(({ source }) => source),
        { isOne, sampledSource: tail === null ? undefined : sampledSource(found) },
      ),
    );
  const tail = isOne ? tailOf(fractions) : null;
  const found = await read(tail);
  return tail !== null && found.rows.some((row) => row.is_short) ? read(null) : found;
}

/** The place of the source that answers most of the range; none where there are no buckets to leave out. */
export function sampledSource({ segments, now, isSingle }: SourcesFound): number | undefined {
  const lengths = segments.map(({ from, to }) => Math.min(to, now) - from);
  const longest = lengths.indexOf(Math.max(...lengths));
  return isSingle && segments[longest]?.source === 'points' ? undefined : longest;
}

// How many times as many observations are looked at as there are above the lowest percentile. Of 88 rows, a sample of one in 13 over a
// day of 50 unlike series, it is wrong by three standard errors before that is too little.
const MARGIN = 1.75;

/** The share of observations that can be left out for percentiles. */
export function tailOf(fractions: readonly number[]): number | null {
  const lowest = Math.min(...fractions);
  return lowest < LEAST_FRACTION_OF_TAIL ? null : Math.min(1 - MARGIN * (1 - lowest), 0.99);
}
