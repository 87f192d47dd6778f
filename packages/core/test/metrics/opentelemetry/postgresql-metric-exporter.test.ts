import type { Meter } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { PushMetricExporter, ViewOptions } from '@opentelemetry/sdk-metrics';
import { MetricsCollector, PostgreSQLMetricExporter } from '@pg-observability/core';
import type { MetricExporterOptions, SqlStore } from '@pg-observability/core';
import { createQuietLogger, createRandom, createUnreliableStore } from '@pg-observability/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../housekeeping/housekeeping-database.ts';
import type { HousekeepingDatabase } from '../../housekeeping/housekeeping-database.ts';
import { sumUp } from '../rollups/sum-up.ts';

describe.each(['embedded', 15, 18] as const)('metrics of an OpenTelemetry SDK on %s', (kind) => {
  let database: HousekeepingDatabase;
  let store: SqlStore;
  let collector: MetricsCollector;
  beforeAll(async () => {
    database = await openDatabase(kind);
    store = database.store;
    collector = new MetricsCollector(store, { logger: createQuietLogger(), timeoutMs: 20_000 });
  }, 60_000);
  afterAll(() => database.close());

  interface Sdk {
    exporter: PostgreSQLMetricExporter;
    provider: MeterProvider;
    meter: Meter;
    /** Collects, exports, and waits until it is stored. */
    collect(): Promise<void>;
  }

  interface SdkOptions extends MetricExporterOptions {
    store?: SqlStore;
    views?: ViewOptions[];
    /** As a reader that asks for nothing: totals and fixed bounds. */
    isCumulative?: boolean;
    service?: string;
  }

  function createSdk({
    store: to = store,
    views = [],
    isCumulative,
    service,
    ...options
  }: SdkOptions = {}): Sdk {
    const exporter = new PostgreSQLMetricExporter(to, { logger: createQuietLogger(), ...options });
    const pushed: PushMetricExporter = isCumulative === true ? withoutPreferences(exporter) : exporter;
    const reader = new PeriodicExportingMetricReader({ exporter: pushed, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({
      resource: resourceFromAttributes({ 'service.name': service ?? 'shop', 'service.version': '1.2.3' }),
      readers: [reader],
      views,
    });
    return {
      exporter,
      provider,
      meter: provider.getMeter('library', '4.5.6'),
      collect: () => reader.forceFlush(),
    };
  }

  function withoutPreferences(exporter: PostgreSQLMetricExporter): PushMetricExporter {
    return {
      export: (metrics, done) => exporter.export(metrics, done),
      forceFlush: () => exporter.forceFlush(),
      shutdown: () => exporter.shutdown(),
    };
  }

  async function rowsOf(name: string): Promise<Record<string, unknown>[]> {
    const { rows } = await store.query<Record<string, unknown>>(
      `select metric_value as value, metric_type as type, is_monotonic, temporality, sample_count::integer as count, min, max,
         zero_count::integer as zeros, bucket_scale::integer as scale, to_json(bucket_indexes) as indexes,
         to_json(bucket_counts) as counts, to_json(negative_bucket_counts) as negative, to_json(explicit_bounds) as bounds,
         labels, unit, service_name, start_time <= recorded_at as ordered
       from observability.metrics where metric_name = $1::text order by id`,
      [name],
    );
    return rows;
  }

  async function sumsOf(name: string): Promise<{ value: number; count: number }> {
    const { rows } = await store.query<{ value: number; count: number }>(
      `select coalesce(sum(metric_value), 0) as value, coalesce(sum(sample_count), 0)::integer as count
       from observability.metrics where metric_name = $1::text`,
      [name],
    );
    return rows[0] as { value: number; count: number };
  }

  const scope = { 'otel.scope.name': 'library', 'otel.scope.version': '4.5.6' };

  it('has a row for what every instrument collects, of the kind that is asked for', async () => {
    const sdk = createSdk({ service: 'rows' });
    const labels = { route: '/orders/:id', ok: true };
    sdk.meter.createCounter('rows.counter', { unit: '{order}' }).add(3, labels);
    sdk.meter.createUpDownCounter('rows.updown').add(-2);
    sdk.meter.createGauge('rows.gauge', { unit: 'Cel' }).record(-7.5);
    sdk.meter.createObservableGauge('rows.observed').addCallback((result) => result.observe(5));
    const histogram = sdk.meter.createHistogram('rows.histogram', { unit: 's' });
    [0, 1, 2, 2, 4].forEach((value) => histogram.record(value));

    await sdk.collect();

    const common = {
      count: 1,
      zeros: null,
      scale: null,
      indexes: null,
      counts: null,
      negative: null,
      bounds: null,
      labels: scope,
      unit: null,
      service_name: 'rows',
      ordered: true,
    };
    const gauge = { ...common, type: 'gauge', is_monotonic: null, temporality: null, ordered: null };
    expect(await rowsOf('rows.counter')).toEqual([
      {
        ...common,
        value: 3,
        type: 'counter',
        is_monotonic: true,
        temporality: 'delta',
        min: null,
        max: null,
        unit: '{order}',
        labels: { route: '/orders/:id', ok: 'true', ...scope },
      },
    ]);
    expect(await rowsOf('rows.updown')).toEqual([
      {
        ...common,
        value: -2,
        type: 'gauge',
        is_monotonic: false,
        temporality: 'cumulative',
        min: -2,
        max: -2,
      },
    ]);
    expect(await rowsOf('rows.gauge')).toEqual([
      { ...gauge, value: -7.5, min: -7.5, max: -7.5, unit: 'Cel' },
    ]);
    expect(await rowsOf('rows.observed')).toEqual([{ ...gauge, value: 5, min: 5, max: 5 }]);
    const [row] = await rowsOf('rows.histogram');
    expect(row).toMatchObject({
      value: 9,
      type: 'histogram',
      is_monotonic: null,
      temporality: 'delta',
      count: 5,
      min: 0,
      max: 4,
      zeros: 1,
      counts: [1, 2, 1],
      negative: null,
      bounds: null,
      unit: 's',
    });
    // 4 is two octaves above 1, whatever the scale.
    const [first, , last] = (row?.['indexes'] ?? []) as number[];
    expect(Number(last) - Number(first)).toBe(2 * 2 ** Number(row?.['scale']));
    const { rows: resources } = await store.query(
      `select distinct r.service_name, r.attributes ->> 'service.version' as version
       from observability.metrics m join observability.resources r using (resource_id) where m.service_name = 'rows'`,
    );
    expect(resources).toEqual([{ service_name: 'rows', version: '1.2.3' }]);
    expect(sdk.exporter.stats()).toEqual({ queued: 0, stored: 5, dropped: {}, mended: 0 });
    await sdk.provider.shutdown();
  });

  it.each([false, true])(
    'adds up to what was recorded, export after export (totals: %s)',
    async (isCumulative) => {
      const name = `sums.${isCumulative}`;
      const sdk = createSdk({ isCumulative });
      const random = createRandom(11);
      const counter = sdk.meter.createCounter(`${name}.counter`);
      const histogram = sdk.meter.createHistogram(`${name}.histogram`);
      let processed = 0;
      sdk.meter
        .createObservableCounter(`${name}.observed`)
        .addCallback((result) => result.observe(processed, { side: 'left' }));
      const updown = sdk.meter.createUpDownCounter(`${name}.updown`);
      const recorded = { counter: 0, histogram: 0, count: 0, updown: 0 };
      for (let round = 0; round < 8; round += 1) {
        // Rounds in which nothing is recorded belong to it.
        for (let i = 0; i < (round % 3) * 20; i += 1) {
          const value = Math.floor(random() * 1_000);
          counter.add(value, { route: value % 2 ? '/a' : '/b' });
          histogram.record(value, { route: value % 2 ? '/a' : '/b' });
          updown.add(value - 500);
          processed += value;
          recorded.counter += value;
          recorded.histogram += value;
          recorded.count += 1;
          recorded.updown += value - 500;
        }
        await sdk.collect();
      }

      await sdk.provider.shutdown();

      expect((await sumsOf(`${name}.counter`)).value).toBe(recorded.counter);
      expect((await sumsOf(`${name}.observed`)).value).toBe(processed);
      expect(await sumsOf(`${name}.histogram`)).toEqual({ value: recorded.histogram, count: recorded.count });
      expect((await rowsOf(`${name}.updown`)).at(-1)).toMatchObject({
        value: recorded.updown,
        type: 'gauge',
      });
      expect(sdk.exporter.stats()).toMatchObject({ queued: 0, dropped: {} });
    },
  );

  it('has the sums after exports that failed and a restart, for deltas and totals', async () => {
    let recorded = 0;
    for (const isCumulative of [false, true, false, true]) {
      const unreliable = createUnreliableStore(store);
      const sdk = createSdk({ store: unreliable, isCumulative, exportTimeoutMs: 50 });
      const counter = sdk.meter.createCounter('restart.counter');
      const histogram = sdk.meter.createHistogram('restart.histogram');
      for (let round = 0; round < 4; round += 1) {
        unreliable.isAway = round < 2;
        unreliable.answersToLose = round === 2 ? 1 : 0;
        counter.add(5 + round);
        histogram.record(5 + round);
        recorded += 5 + round;
        await sdk.collect();
      }
      await sdk.exporter.forceFlush(10_000);
      await sdk.provider.shutdown();
      expect(sdk.exporter.stats()).toMatchObject({ queued: 0, dropped: {} });
    }

    expect((await sumsOf('restart.counter')).value).toBe(recorded);
    expect(await sumsOf('restart.histogram')).toEqual({ value: recorded, count: 16 });
  });

  it('takes what views make of a histogram', async () => {
    const sdk = createSdk({
      views: [
        {
          instrumentName: 'views.bounded',
          aggregation: {
            type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
            options: { boundaries: [10, 20, 30] },
          },
        },
        { instrumentName: 'views.summed', aggregation: { type: AggregationType.SUM } },
        {
          instrumentName: 'views.coarse',
          aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 4 } },
        },
        {
          instrumentName: 'views.negative',
          aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
        },
        { instrumentName: 'views.dropped', aggregation: { type: AggregationType.DROP } },
      ],
    });
    for (const name of ['bounded', 'summed', 'coarse', 'dropped']) {
      const histogram = sdk.meter.createHistogram(`views.${name}`);
      [5, 30, 5, 40, 5, 15, 15, 15, 25].forEach((value) => histogram.record(value));
    }
    const gauge = sdk.meter.createGauge('views.negative');
    [-2, -1, 0, 8].forEach((value) => gauge.record(value));

    await sdk.collect();

    const whole = { value: 155, count: 9, min: 5, max: 40, type: 'histogram' };
    expect(await rowsOf('views.bounded')).toMatchObject([
      { ...whole, bounds: [10, 20, 30], counts: [3, 3, 2, 1], scale: null, indexes: null, zeros: null },
    ]);
    expect(await rowsOf('views.summed')).toMatchObject([{ value: 155, type: 'counter', count: 1 }]);
    const [coarse] = await rowsOf('views.coarse');
    expect(coarse).toMatchObject({ ...whole, bounds: null });
    expect(((coarse?.['indexes'] ?? []) as number[]).length).toBeLessThanOrEqual(4);
    // The SDK tells no sum where values can be negative: it is estimated.
    const [negative] = await rowsOf('views.negative');
    expect(negative).toMatchObject({ count: 4, zeros: 1, min: -2, max: 8, negative: [1, 1], counts: [1] });
    expect(negative?.['value']).toBeCloseTo(5, 1);
    expect(await rowsOf('views.dropped')).toEqual([]);
    expect(sdk.exporter.stats()).toMatchObject({ dropped: {}, mended: 0 });
    await sdk.provider.shutdown();
  });

  it('turns totals in fixed and exponential buckets into what has come on, with bounds for it', async () => {
    const sdk = createSdk({
      isCumulative: true,
      views: [
        {
          instrumentName: 'growth.exponential',
          aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
        },
      ],
    });
    const histograms = ['exponential', 'bounded'].map((name) =>
      sdk.meter.createHistogram(`growth.${name}`, {
        advice: name === 'bounded' ? { explicitBucketBoundaries: [1, 10, 100] } : {},
      }),
    );
    for (const values of [[5, 50], [5, 20, 0.5], [0], [], [1_000, 1e-6]]) {
      values.forEach((value) => histograms.forEach((histogram) => histogram.record(value)));
      await sdk.collect();
    }

    const bounded = await rowsOf('growth.bounded');
    const exponential = await rowsOf('growth.exponential');
    expect(bounded.map(({ value, count, counts }) => ({ value, count, counts }))).toEqual([
      { value: 55, count: 2, counts: [0, 1, 1, 0] },
      { value: 25.5, count: 3, counts: [1, 1, 1, 0] },
      { value: 0, count: 1, counts: [1, 0, 0, 0] },
      { value: expect.closeTo(1_000, 5) as number, count: 2, counts: [1, 0, 0, 1] },
    ]);
    // A smallest or largest value that had not been there before is known; another one lies within its bucket.
    expect(bounded.map(({ min, max }) => [min, max])).toEqual([
      [5, 50],
      [0.5, 50],
      [0, 1],
      [0, 1_000],
    ]);
    expect(exponential.map(({ value, count, zeros }) => ({ value, count, zeros }))).toEqual([
      { value: 55, count: 2, zeros: 0 },
      { value: 25.5, count: 3, zeros: 0 },
      { value: 0, count: 1, zeros: 1 },
      { value: expect.closeTo(1_000, 5) as number, count: 2, zeros: 0 },
    ]);
    expect(exponential[1]).toMatchObject({ min: 0.5 });
    expect(exponential[1]?.['max']).toBeGreaterThanOrEqual(20);
    expect(exponential[1]?.['max']).toBeLessThan(21);
    expect(exponential[2]).toMatchObject({ min: 0, max: 0 });
    expect(exponential[3]).toMatchObject({ max: 1_000 });
    await sdk.provider.shutdown();
  });

  it('answers percentiles within 1.1 % over six decades, and merged with those of a collector', async () => {
    const sdk = createSdk();
    const random = createRandom(3);
    const histogram = sdk.meter.createHistogram('percentiles');
    const values = Array.from({ length: 4_000 }, () => 10 ** (random() * 6 - 3));
    values.forEach((value, at) =>
      at % 2 === 0 ? histogram.record(value) : collector.histogram('percentiles', value),
    );
    await sdk.collect();

    const sorted = values.toSorted((left, right) => left - right);
    for (const fraction of [0, 0.5, 0.9, 0.99, 1]) {
      const rank = fraction * (sorted.length - 1);
      const exact = sorted[Math.round(rank)] as number;
      const answer = (await collector.getPercentile('percentiles', fraction)) as number;
      expect(Math.abs(answer / exact - 1)).toBeLessThan(0.015);
    }
    expect(await rowsOf('percentiles')).toMatchObject([{ scale: expect.any(Number) }, { scale: 5 }]);
    expect((await rowsOf('percentiles'))[0]?.['scale']).toBeGreaterThanOrEqual(5);
    await sdk.provider.shutdown();
  });

  it('does not make the percentiles of others coarser by a window of zeros', async () => {
    const sdk = createSdk();
    sdk.meter.createHistogram('zeros').record(0);
    [10, 20, 30].forEach((value) => collector.histogram('zeros', value));
    await sdk.collect();

    const answer = await collector.getPercentile('zeros', 2 / 3);

    expect(Math.abs((answer as number) / 20 - 1)).toBeLessThan(0.011);
    await sdk.provider.shutdown();
  });

  it('is found by query with the labels that were recorded, and as a gauge where it goes up and down', async () => {
    const sdk = createSdk({ service: 'queried' });
    const updown = sdk.meter.createUpDownCounter('queried.connections');
    updown.add(3, { pool: 'main' });
    await sdk.collect();
    updown.add(-1, { pool: 'main' });
    await sdk.collect();

    const points = await collector.query('queried.connections', {
      labels: { pool: 'main' },
      serviceName: 'queried',
    });

    expect(points.map(({ value, metricType }) => [value, metricType])).toEqual([
      [3, 'gauge'],
      [2, 'gauge'],
    ]);
    await sdk.provider.shutdown();
  });

  it('arrives in the sums by minute, with fixed and with exponential buckets', async () => {
    const sdk = createSdk({
      views: [
        {
          instrumentName: 'minutes.bounded',
          aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [10, 20] } },
        },
      ],
    });
    sdk.meter.createCounter('minutes.counter').add(4);
    for (const name of ['minutes.bounded', 'minutes.exponential']) {
      const histogram = sdk.meter.createHistogram(name);
      [5, 15, 25].forEach((value) => histogram.record(value));
    }
    await sdk.collect();

    await sumUp(store);

    const { rows } = await store.query(
      `select metric_name as name, value_sum as value, sample_count::integer as count, min, max,
         zero_count::integer + (select coalesce(sum(c), 0) from unnest(bucket_counts) c)::integer as counted
       from observability.metric_minutes where metric_name like 'minutes.%' order by 1`,
    );
    expect(rows).toEqual([
      { name: 'minutes.bounded', value: 45, count: 3, min: 5, max: 25, counted: 3 },
      { name: 'minutes.counter', value: 4, count: 1, min: null, max: null, counted: 1 },
      { name: 'minutes.exponential', value: 45, count: 3, min: 5, max: 25, counted: 3 },
    ]);
    const { rows: pending } = await store.query(
      `select count(*)::integer as n from observability.ingest_batches where rollup_minutes is not null`,
    );
    expect(pending).toEqual([{ n: 0 }]);
    await sdk.provider.shutdown();
  });

  it('adds up what comes by how much a number moved', async () => {
    const exporter = new PostgreSQLMetricExporter(store, { logger: createQuietLogger() });
    const pushed: PushMetricExporter = {
      ...withoutPreferences(exporter),
      selectAggregationTemporality: () => AggregationTemporality.DELTA,
    };
    const reader = new PeriodicExportingMetricReader({ exporter: pushed, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const updown = provider.getMeter('').createUpDownCounter('balance');
    for (const move of [5, -2, 4]) {
      updown.add(move);
      await reader.forceFlush();
    }

    expect(await rowsOf('balance')).toMatchObject([
      { value: 5, type: 'gauge', is_monotonic: false, temporality: 'cumulative', labels: {} },
      { value: 3 },
      { value: 7, min: 7, max: 7 },
    ]);
    await provider.shutdown();
  });
});
