import { HistogramBuckets } from '../histogram-buckets.ts';
import type { SeriesSnapshot } from '../series-snapshot.ts';

/**
 * One snapshot for series that differ here and are the same to Prometheus: what they have counted is added up, and of gauges the
 * first one counts.
 */
export function mergeSnapshots(first: SeriesSnapshot, others: readonly SeriesSnapshot[]): SeriesSnapshot {
  if (others.length === 0 || first.type === 'gauge') {
    return first;
  }
  const all = [first, ...others];
  return {
    ...first,
    value: all.reduce((sum, { value }) => sum + value, 0),
    sampleCount: all.reduce((sum, { sampleCount }) => sum + sampleCount, 0),
    buckets: first.type === 'histogram' ? mergeBuckets(all) : null,
    exemplars: all.flatMap(({ exemplars }) => exemplars),
  };
}

function mergeBuckets(snapshots: readonly SeriesSnapshot[]): SeriesSnapshot['buckets'] {
  const merged = new HistogramBuckets();
  for (const { buckets } of snapshots) {
    if (buckets !== null) {
      merged.merge(buckets);
    }
  }
  return merged.snapshot();
}
