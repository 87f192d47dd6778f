import type { ExportResult, PostgreSQLMetricExporter, ResourceMetrics } from '@pg-observability/core';
import type { MetricData, MetricDataPoint } from '../../../src/metrics/opentelemetry/metric-data.ts';

export const HISTOGRAM = 0;
export const EXPONENTIAL = 1;
export const GAUGE = 2;
export const SUM = 3;
export const DELTA = 0;
export const CUMULATIVE = 1;

/** A point as a reader would give it; times in epoch milliseconds. */
export interface PointInput {
  value: unknown;
  at?: number;
  since?: number;
  attributes?: unknown;
  exemplars?: unknown;
}

/** A metric as a reader would give it. */
export interface MetricInput {
  name: unknown;
  type?: unknown;
  temporality?: unknown;
  isMonotonic?: unknown;
  unit?: unknown;
  points: readonly PointInput[];
}

/** Data of other producers than the SDK: whatever a test needs, well formed or not. */
export function createData(metrics: readonly MetricInput[], resource?: unknown): ResourceMetrics {
  return {
    resource: resource ?? { attributes: { 'service.name': 'producer' } },
    scopeMetrics: [{ scope: { name: '' }, metrics: metrics.map(createMetric) }],
  } as ResourceMetrics;
}

function createMetric({
  name,
  type = SUM,
  temporality = DELTA,
  isMonotonic = true,
  unit = '',
  points,
}: MetricInput): MetricData {
  return {
    descriptor: { name, unit },
    aggregationTemporality: temporality,
    dataPointType: type,
    isMonotonic,
    dataPoints: points.map(createPoint),
  } as MetricData;
}

function createPoint(point: PointInput): MetricDataPoint {
  const { at = Date.now(), since = at, attributes = {}, exemplars } = point;
  const created = {
    startTime: toHrTime(since),
    endTime: toHrTime(at),
    attributes,
    ...(exemplars === undefined ? {} : { exemplars }),
  };
  // Not read: it may be a getter that throws.
  return Object.defineProperty(
    created,
    'value',
    Object.getOwnPropertyDescriptor(point, 'value') ?? {},
  ) as unknown as MetricDataPoint;
}

export function toHrTime(epochMs: number): [number, number] {
  const seconds = Math.floor(epochMs / 1e3);
  return [seconds, Math.round((epochMs - seconds * 1e3) * 1e6)];
}

/** Exports, waits until it is stored, and answers what the exporter called back with, and how often. */
export async function exportData(
  exporter: PostgreSQLMetricExporter,
  data: ResourceMetrics,
  flushTimeoutMs = 10_000,
): Promise<ExportResult & { calls: number }> {
  let calls = 0;
  const result = await new Promise<ExportResult>((resolve) =>
    exporter.export(data, (answer) => {
      calls += 1;
      resolve(answer);
    }),
  );
  await exporter.forceFlush(flushTimeoutMs);
  return { ...result, calls };
}
