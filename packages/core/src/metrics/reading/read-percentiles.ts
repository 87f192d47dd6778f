import type { SqlRunner } from '../../storage/sql-store.ts';
import { byGroup, parseGroupKey } from './group-labels.ts';
import { interpolatePercentile } from './interpolate-percentile.ts';
import type { PercentileGroup } from './percentiles.ts';
import type { PercentilesRange } from './percentiles-arguments.ts';
import { readPercentileParts } from './read-percentile-parts.ts';
import type { PercentilePartsRow } from './read-percentile-parts.ts';

/** The percentiles of each group, those with most observations first. */
export async function readPercentiles(sql: SqlRunner, range: PercentilesRange): Promise<PercentileGroup[]> {
  const { fractions, groupBy, limit, prefersExact } = range;
  const { rows } = await readPercentileParts(sql, range, { fractions, groupBy, limit, prefersExact });
  return [...byGroup(rows)]
    .map(([groupKey, ofGroup]) => toGroup(groupKey, ofGroup, range))
    .toSorted((left, right) => right.sampleCount - left.sampleCount);
}

function toGroup(
  groupKey: string,
  rows: readonly PercentilePartsRow[],
  range: PercentilesRange,
): PercentileGroup {
  const [first] = rows;
  const byPosition = new Map(rows.map((row) => [row.position, row]));
  return {
    labels: parseGroupKey(groupKey, range.groupBy),
    values: range.fractions.map((fraction, place) => {
      const row = byPosition.get(place + 1);
      return (row === undefined ? null : interpolatePercentile(fraction, row)) ?? Number.NaN;
    }),
    exact: first?.exact ?? false,
    sampleCount: first?.total ?? 0,
    relativeError: first?.exact === true ? 0 : (first?.relative_error ?? 0),
  };
}
