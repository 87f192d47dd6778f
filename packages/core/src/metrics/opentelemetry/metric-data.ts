import type { HrTime, InstrumentationScope, Resource } from '../../tracing/opentelemetry-types.ts';

// What a metric reader of OpenTelemetry hands to an exporter, as SDK 2 and 3 declare it. Declared here, because the SDK is the
// application's and need not be there for this to compile.

/** What was collected at one moment. */
export interface ResourceMetrics {
  readonly resource: Resource;
  readonly scopeMetrics: readonly ScopeMetrics[];
}

/** The metrics of one meter. */
export interface ScopeMetrics {
  readonly scope: InstrumentationScope;
  readonly metrics: readonly MetricData[];
}

/** One metric with the points of all its series. */
export interface MetricData {
  readonly descriptor: { readonly name: string; readonly unit: string };
  /** `0` delta, `1` cumulative. */
  readonly aggregationTemporality: number;
  /** `0` histogram, `1` exponential histogram, `2` gauge, `3` sum. */
  readonly dataPointType: number;
  /** Of a sum: true when it only grows. */
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly MetricDataPoint[];
}

/** What one series has collected. */
export interface MetricDataPoint {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: number | HistogramValue | ExponentialHistogramValue;
  /** OpenTelemetry's SDK for JavaScript has none so far; other producers do. */
  readonly exemplars?: readonly MetricExemplar[];
}

/** A histogram with fixed bounds; one count more than bounds. */
export interface HistogramValue {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
  readonly count: number;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/**
 * A histogram with exponential buckets: bucket i holds (base^i, base^(i+1)], base = 2^(2^-scale).
 * @source https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 */
export interface ExponentialHistogramValue {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: ExponentialBucketsValue;
  readonly negative: ExponentialBucketsValue;
  readonly count: number;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Counts of neighbouring buckets, the first of which has the index `offset`. */
export interface ExponentialBucketsValue {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

/** An example of what was observed. */
export interface MetricExemplar {
  readonly value: number;
  readonly timestamp: HrTime;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
}
