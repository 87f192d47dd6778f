import { PostgreSQLMetricExporter } from '@pg-observability/core';
import type { MetricExporterOptions, SqlStore } from '@pg-observability/core';
import { expect, it } from 'vitest';
import { resolveMetricExporterOptions } from '../../../src/metrics/opentelemetry/metric-exporter-options.ts';

const store = { query: async () => ({ rows: [], rowCount: 0 }), transaction: async () => undefined };

it('has defaults, and leaves the options alone', () => {
  const options: MetricExporterOptions = Object.freeze({ serviceName: 'shop' });

  expect(resolveMetricExporterOptions(options)).toEqual({
    serviceName: 'shop',
    redact: undefined,
    exportTimeoutMs: 10_000,
    maxQueuedPoints: 50_000,
    maxSeriesPerMetric: 2_000,
    maxHistogramBuckets: 640,
    scopeLabels: true,
    now: Date.now,
    access: { schema: undefined, logger: undefined },
  });
  expect(resolveMetricExporterOptions()).toMatchObject({ serviceName: undefined });
});

it.each([
  ['options', null],
  ['options', 5],
  ['serviceName', ''],
  ['serviceName', 'x'.repeat(256)],
  ['serviceName', 5n],
  ['redact', 'mask'],
  ['now', 5],
  ['scopeLabels', 'no'],
  ...['exportTimeoutMs', 'maxQueuedPoints', 'maxSeriesPerMetric', 'maxHistogramBuckets'].flatMap((name) =>
    [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5', 5n, null].map(
      (value) => [name, value] as [string, unknown],
    ),
  ),
  ['maxHistogramBuckets', 1],
  ['maxHistogramBuckets', 2_049],
])('refuses %s of %s and says what is expected', (name, value) => {
  const options = name === 'options' ? value : { [name]: value };

  expect(
    () => new PostgreSQLMetricExporter(store as unknown as SqlStore, options as MetricExporterOptions),
  ).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(
        new RegExp(`^\\[INVALID_OPTION\\] ${name} of PostgreSQLMetricExporter is .+; expected `),
      ) as string,
    }) as Error,
  );
});

it.each([undefined, null, 'postgres://127.0.0.1/app', {}, { query: 5 }])('refuses a store of %s', (wrong) => {
  expect(() => new PostgreSQLMetricExporter(wrong as unknown as SqlStore)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
  );
});

it('asks for deltas but of up-down counters, and for exponential histograms', () => {
  const exporter = new PostgreSQLMetricExporter(store as unknown as SqlStore, { maxHistogramBuckets: 320 });
  const types = [
    'COUNTER',
    'OBSERVABLE_COUNTER',
    'HISTOGRAM',
    'GAUGE',
    'UP_DOWN_COUNTER',
    'OBSERVABLE_UP_DOWN_COUNTER',
    'else',
    null,
  ];

  expect(types.map((type) => exporter.selectAggregationTemporality(type))).toEqual([0, 0, 0, 0, 1, 1, 0, 0]);
  expect(exporter.selectAggregation('HISTOGRAM')).toEqual({
    type: 5,
    options: { recordMinMax: true, maxSize: 320 },
  });
  expect(exporter.selectAggregation('COUNTER')).toEqual({ type: 0 });
});
