import type { Exemplar } from './exemplars.ts';
import type { BucketSnapshot } from './histogram-buckets.ts';
import type { MetricType } from './metric.ts';
import type { Series } from './metric-series.ts';

/** A series as it stands now: what it has recorded since the process began. */
export interface SeriesSnapshot {
  readonly name: string;
  readonly type: MetricType;
  /** UCUM unit; null where none was given. */
  readonly unit: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Total of a counter, last value of a gauge, sum of a histogram. */
  readonly value: number;
  readonly sampleCount: number;
  /** Null for a counter and a gauge. */
  readonly buckets: BucketSnapshot | null;
  /** Of the last window that had any, the open one among them. */
  readonly exemplars: readonly Exemplar[];
}

/** Reads a series without closing its window. */
export function toSnapshot({ columns, aggregate, isOpen, totals }: Series): SeriesSnapshot {
  const now = totals.with(isOpen ? aggregate.toValues() : undefined);
  return {
    name: columns.metric_name,
    type: columns.metric_type,
    unit: columns.unit,
    labels: columns.labels,
    value: columns.metric_type === 'gauge' ? now.last : now.sum,
    sampleCount: now.sampleCount,
    buckets: columns.metric_type === 'histogram' ? now.buckets : null,
    exemplars: now.exemplars,
  };
}
