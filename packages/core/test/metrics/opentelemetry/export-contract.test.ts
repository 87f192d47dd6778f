import { MetricsCollector, PostgreSQLMetricExporter } from '@pg-observability/core';
import type { MetricExporterOptions, ResourceMetrics, SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import {
  createQuietLogger,
  createUnreliableStore,
  startFaultProxy,
  testDatabase,
} from '@pg-observability/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createData, CUMULATIVE, EXPONENTIAL, exportData, GAUGE, HISTOGRAM } from './data.ts';
import { sumUp } from '../rollups/sum-up.ts';

let url: string;
let store: SqlStore;
beforeAll(async () => {
  ({ url } = await testDatabase());
  store = postgresStore(url);
});
afterAll(() => store.close?.());

function createExporter(options: MetricExporterOptions = {}, to: SqlStore = store): PostgreSQLMetricExporter {
  return new PostgreSQLMetricExporter(to, { logger: createQuietLogger(), ...options });
}

async function valuesOf(name: string): Promise<number[]> {
  const { rows } = await store.query<{ value: number }>(
    'select metric_value as value from observability.metrics where metric_name = $1::text order by id',
    [name],
  );
  return rows.map(({ value }) => value);
}

const SUCCESS = { code: 0, calls: 1 };
const refused = (message: string): unknown => ({
  code: 1,
  calls: 1,
  error: expect.objectContaining({ message: expect.stringContaining(message) as string }) as Error,
});

describe('an export', () => {
  it('calls back once and keeps its order, also where calls overlap and a callback throws', async () => {
    const exporter = createExporter();
    const began = Date.now();
    const codes: number[] = [];

    for (let total = 1; total <= 20; total += 1) {
      const points = [{ value: total, since: began, at: began + total }];
      exporter.export(createData([{ name: 'overlap', temporality: CUMULATIVE, points }]), ({ code }) => {
        codes.push(code);
        throw new Error('of the reader');
      });
    }
    await Promise.all([exporter.forceFlush(), exporter.forceFlush()]);

    expect(codes).toEqual(Array.from({ length: 20 }, () => 0));
    expect(await valuesOf('overlap')).toEqual(Array.from({ length: 20 }, () => 1));
    expect(exporter.stats()).toEqual({ queued: 0, stored: 20, dropped: {}, mended: 0 });
    await exporter.shutdown();
  });

  it('is refused after shutdown, with a count, and shutdown can be called twice', async () => {
    const exporter = createExporter();
    await exportData(exporter, createData([{ name: 'ended', points: [{ value: 1 }] }]));

    await Promise.all([exporter.shutdown(), exporter.shutdown()]);
    const late = await exportData(
      exporter,
      createData([{ name: 'ended', points: [{ value: 2 }, { value: 3 }] }]),
    );

    expect(late).toEqual(refused('2 metric points were not taken: the exporter is shut down'));
    expect(await valuesOf('ended')).toEqual([1]);
    expect(exporter.stats()).toMatchObject({ stored: 1, dropped: { shutdown: 2 } });
  });

  it('has succeeded once its points wait for a database that is away, and what they wait for is told', async () => {
    const away = createUnreliableStore(store);
    away.isAway = true;
    const exporter = createExporter({ exportTimeoutMs: 30 }, away);

    const result = await exportData(exporter, createData([{ name: 'waiting', points: [{ value: 7 }] }]), 20);
    await exporter.forceFlush();
    const whileAway = exporter.stats();
    away.isAway = false;
    await exporter.forceFlush(10_000);

    expect(result).toEqual(SUCCESS);
    expect(whileAway).toMatchObject({ queued: 1, stored: 0, dropped: {} });
    expect(exporter.stats()).toMatchObject({ queued: 0, stored: 1, dropped: {} });
    expect(await valuesOf('waiting')).toEqual([7]);
    await exporter.shutdown();
  });

  it('fails for what has no room, in time; of totals nothing is lost by that', async () => {
    const away = createUnreliableStore(store);
    const exporter = createExporter({ exportTimeoutMs: 40, maxQueuedPoints: 10 }, away);
    const began = Date.now();
    const deltas = Array.from({ length: 15 }, (_, at) => ({ value: 1, attributes: { at } }));
    const totals = (value: number): ResourceMetrics =>
      createData([
        { name: 'full.total', temporality: CUMULATIVE, points: [{ value, since: began, at: began + value }] },
      ]);
    away.isAway = true;

    const first = await exportData(exporter, createData([{ name: 'full.delta', points: deltas }]), 20);
    const second = await exportData(exporter, totals(5), 20);
    away.isAway = false;
    await exporter.forceFlush(10_000);
    const third = await exportData(exporter, totals(8));
    await exporter.shutdown();

    expect(first).toEqual(refused('5 metric points were not taken'));
    expect(second).toEqual(refused('1 metric points were not taken'));
    expect(third).toEqual(SUCCESS);
    expect(await valuesOf('full.delta')).toHaveLength(10);
    expect(await valuesOf('full.total')).toEqual([8]);
    expect(exporter.stats()).toMatchObject({ queued: 0, stored: 11, dropped: { queue_full: 5 } });
  });

  it('of more points than there is room for waits while the database takes them', async () => {
    const exporter = createExporter({ maxQueuedPoints: 100 });
    const points = Array.from({ length: 2_000 }, (_, at) => ({ value: 1, attributes: { at } }));

    const result = await exportData(exporter, createData([{ name: 'large', points }]));
    await exporter.shutdown();

    expect(result).toEqual(SUCCESS);
    expect(await valuesOf('large')).toHaveLength(2_000);
  });

  it('does not wait for ever for a resource that is being detected', async () => {
    const exporter = createExporter({ exportTimeoutMs: 20 });
    const resource = {
      attributes: { 'service.name': 'half' },
      asyncAttributesPending: true,
      waitForAsyncAttributes: () => new Promise<void>(() => undefined),
    };

    const result = await exportData(
      exporter,
      createData([{ name: 'detecting', points: [{ value: 1 }] }], resource),
    );
    await exporter.shutdown();

    expect(result).toEqual(SUCCESS);
    expect(await valuesOf('detecting')).toEqual([1]);
  });

  it('counts what could not be stored before the end', async () => {
    const away = createUnreliableStore(store);
    away.isAway = true;
    const exporter = createExporter({ exportTimeoutMs: 20 }, away);
    await exportData(exporter, createData([{ name: 'lost', points: [{ value: 1 }, { value: 2 }] }]), 20);

    await exporter.shutdown();

    expect(exporter.stats()).toEqual({ queued: 0, stored: 0, dropped: { shutdown: 2 }, mended: 0 });
  });

  it('is stored once where connections break and answers to a commit get lost', async () => {
    const { hostname, port } = new URL(url);
    const proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
    const shaky = postgresStore(proxy.url(url));
    const exporter = createExporter({}, shaky);
    const began = Date.now();
    proxy.loseAnswers(/copy observability\.metrics/i, 2, /COPY \d/);

    let total = 0;
    for (let round = 1; round <= 6; round += 1) {
      total += round;
      const times = { since: began, at: began + round };
      const data = createData([
        { name: 'shaky.delta', points: [{ value: round, at: began + round }] },
        { name: 'shaky.total', temporality: CUMULATIVE, points: [{ value: total, ...times }] },
      ]);
      expect(await exportData(exporter, data, 20)).toEqual(SUCCESS);
      if (round === 4) {
        proxy.cut();
      }
    }
    await exporter.forceFlush(30_000);

    expect(proxy.answersLost).toBeGreaterThan(0);
    expect(await valuesOf('shaky.delta')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await valuesOf('shaky.total')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(exporter.stats()).toEqual({ queued: 0, stored: 12, dropped: {}, mended: 0 });
    await exporter.shutdown();
    await shaky.close?.();
    await proxy.close();
  });
});

describe('totals', () => {
  const HOUR = 3_600_000;

  it('of this process count as a whole, though the exporter came later, but not again for the one after it', async () => {
    const began = Date.now();
    await expect.poll(() => Date.now()).toBeGreaterThan(began);
    const total = (value: number): ResourceMetrics =>
      createData([{ name: 'own', temporality: CUMULATIVE, points: [{ value, since: began }] }]);
    const first = createExporter();
    await exportData(first, total(10));
    await first.shutdown();

    const second = createExporter();
    await exportData(second, total(12));
    await exportData(second, total(15));
    await second.shutdown();

    expect(await valuesOf('own')).toEqual([10, 3]);
    expect(second.stats()).toMatchObject({ dropped: { unknown_start: 1 } });
  });

  it('of before the process began are a beginning, and only what comes on is stored', async () => {
    const exporter = createExporter();
    const began = Date.now() - HOUR;
    for (const value of [1_000, 1_003, 1_003, 1_010]) {
      const points = [{ value, since: began }];
      await exportData(exporter, createData([{ name: 'earlier', temporality: CUMULATIVE, points }]));
    }

    expect(await valuesOf('earlier')).toEqual([3, 7]);
    expect(exporter.stats()).toMatchObject({ stored: 2, dropped: { unknown_start: 1 } });
    await exporter.shutdown();
  });

  it('begin anew where they went down or their start changed, and what is out of order is left out', async () => {
    const exporter = createExporter();
    const began = Date.now();
    for (const [value, since, at] of [
      [10, 0, 1],
      [4, 0, 2], // went down
      [6, 3, 4], // began anew, and had already passed the total before
      [7, 0, 5], // of the start before
      [9, 3, 3], // older than the last one
      [9, 3, 6],
    ] as const) {
      const points = [{ value, since: began + since, at: began + at }];
      await exportData(exporter, createData([{ name: 'resets', temporality: CUMULATIVE, points }]));
    }

    expect(await valuesOf('resets')).toEqual([10, 4, 6, 3]);
    expect(exporter.stats()).toMatchObject({ dropped: { out_of_order: 2 } });
    await exporter.shutdown();
  });

  it('of a histogram begin anew where buckets went down', async () => {
    const exporter = createExporter();
    const began = Date.now();
    const histogram = (offset: number, bucketCounts: number[], sum: number): unknown => ({
      scale: 2,
      zeroCount: 0,
      positive: { offset, bucketCounts },
      negative: { offset: 0, bucketCounts: [] },
      count: bucketCounts.reduce((total, count) => total + count, 0),
      sum,
    });
    for (const [at, value] of [
      histogram(3, [1, 2], 6),
      histogram(2, [1, 2, 2], 9),
      histogram(3, [3, 1], 8),
    ].entries()) {
      const points = [{ value, since: began, at: began + at }];
      await exportData(
        exporter,
        createData([{ name: 'emptied', type: EXPONENTIAL, temporality: CUMULATIVE, points }]),
      );
    }

    const { rows } = await store.query(
      `select metric_value as value, sample_count::integer as count, to_json(bucket_counts) as counts
       from observability.metrics where metric_name = 'emptied' order by id`,
    );
    expect(rows).toEqual([
      { value: 6, count: 3, counts: [1, 2] },
      { value: 3, count: 2, counts: [1, 1] },
      { value: 8, count: 4, counts: [3, 1] },
    ]);
    await exporter.shutdown();
  });

  it('that come back after they were forgotten are not counted again', async () => {
    let now = Date.now();
    const exporter = createExporter({ now: () => now });
    const began = now;
    const at = (value: number, name = 'idle'): ResourceMetrics =>
      createData([
        { name, temporality: CUMULATIVE, points: [{ value, since: name === 'idle' ? began : now, at: now }] },
      ]);
    await exportData(exporter, at(100));
    now += 2 * HOUR;
    await exportData(exporter, at(1, 'busy'));

    await exportData(exporter, at(105));
    now += 1_000;
    await exportData(exporter, at(111));

    expect(await valuesOf('idle')).toEqual([100, 6]);
    expect(await valuesOf('busy')).toEqual([1]);
    expect(exporter.stats()).toMatchObject({ dropped: { unknown_start: 1 } });
    await exporter.shutdown();
  });
});

describe('a flood of series', () => {
  it('goes to the overflow series of its metric, and totals stay right', async () => {
    const logger = createQuietLogger();
    const exporter = createExporter({ maxSeriesPerMetric: 3, logger });
    const began = Date.now();
    for (const round of [1, 2]) {
      const points = Array.from({ length: 10 }, (_, user) => ({
        value: round * 5,
        since: began,
        at: began + round,
        attributes: { user },
      }));
      await exportData(
        exporter,
        createData([
          { name: 'flood.total', temporality: CUMULATIVE, points },
          { name: 'flood.delta', points },
          { name: 'flood.balance', isMonotonic: false, points },
        ]),
      );
    }

    const { rows } = await store.query(
      `select metric_name as name, labels ->> 'otel.metric.overflow' as overflow, sum(metric_value) as sum, count(distinct labels)::integer as series,
         (array_agg(metric_value order by id desc))[1] as last
       from observability.metrics where metric_name like 'flood.%' group by 1, 2 order by 1, 2 nulls first`,
    );
    expect(rows).toEqual([
      { name: 'flood.balance', overflow: null, sum: 60, series: 3, last: 15 },
      { name: 'flood.balance', overflow: 'true', sum: 665, series: 1, last: 105 },
      { name: 'flood.delta', overflow: null, sum: 45, series: 3, last: 10 },
      { name: 'flood.delta', overflow: 'true', sum: 105, series: 1, last: 10 },
      { name: 'flood.total', overflow: null, sum: 30, series: 3, last: 5 },
      { name: 'flood.total', overflow: 'true', sum: 70, series: 1, last: 5 },
    ]);
    expect(logger.lines.filter((line) => line.includes('has 3 series'))).toHaveLength(3);
    await exporter.shutdown();
  });

  it('of metric names is dropped with a count', async () => {
    const exporter = createExporter();
    const metrics = Array.from({ length: 2_010 }, (_, at) => ({
      name: `names.${at}`,
      points: [{ value: 1 }],
    }));

    expect(await exportData(exporter, createData(metrics))).toEqual(SUCCESS);
    await exporter.shutdown();

    expect(exporter.stats()).toMatchObject({ stored: 2_000, dropped: { too_many_metrics: 10 } });
  });
});

describe('exemplars', () => {
  it('are stored where they have a trace, the largest ten', async () => {
    const exporter = createExporter();
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    const exemplars = [
      ...Array.from({ length: 12 }, (_, value) => ({ value, timestamp: [1_700_000_000, 0], ...trace })),
      { value: 50, timestamp: [1_700_000_000, 0] },
      { value: Number.NaN, timestamp: [1_700_000_000, 0], ...trace },
      { value: 51, timestamp: [1_700_000_000, 0], ...trace, traceId: '0'.repeat(32) },
      { value: 52, timestamp: 'now', ...trace },
      null,
    ];
    const value = { buckets: { boundaries: [10], counts: [10, 2] }, count: 12, sum: 66, min: 0, max: 11 };
    await exportData(
      exporter,
      createData([{ name: 'examples', type: HISTOGRAM, points: [{ value, exemplars }] }]),
    );

    const { rows } = await store.query<{ exemplars: { value: number; trace_id: string; span_id: string }[] }>(
      `select exemplars from observability.metrics where metric_name = 'examples'`,
    );
    expect(rows[0]?.exemplars.map((each) => each.value)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(rows[0]?.exemplars[0]).toEqual({
      value: 2,
      time: '2023-11-14T22:13:20.000Z',
      trace_id: trace.traceId,
      span_id: trace.spanId,
    });
    await exporter.shutdown();
  });
});

describe('hostile data', () => {
  const unreadable = Object.defineProperty({}, 'value', {
    enumerable: true,
    get: () => {
      throw new Error('no');
    },
  });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'metrics'],
    ['an empty object', {}],
    ['scopes that are none', { resource: { attributes: {} }, scopeMetrics: 5 }],
    ['a scope without metrics', { resource: { attributes: {} }, scopeMetrics: [{}] }],
    ['a revoked proxy', revoked.proxy],
    ['a resource of null', { resource: null, scopeMetrics: [] }],
  ])('that is %s fails the export and nothing else', async (_, data) => {
    const exporter = createExporter();

    const result = await exportData(exporter, data as ResourceMetrics);
    const after = await exportData(exporter, createData([{ name: 'hostile.after', points: [{ value: 1 }] }]));
    exporter.export(createData([]), undefined as never);
    await exporter.shutdown();

    expect(result).toEqual(refused('could not be read'));
    expect(after).toEqual(SUCCESS);
    expect(exporter.stats()).toMatchObject({ stored: 1, dropped: { unexpected: 1 } });
  });

  it('loses a point at most, with a reason, and the good ones are stored', async () => {
    const exporter = createExporter();
    const good = { value: 1, attributes: { good: true } };
    const histogram = { type: HISTOGRAM, temporality: 0 };
    const ok = { buckets: { boundaries: [1, 2], counts: [1, 1, 1] }, count: 3, sum: 4 };
    const exponential = {
      scale: 0,
      zeroCount: 0,
      positive: { offset: 0, bucketCounts: [1] },
      count: 1,
      sum: 1.5,
    };
    const values = {
      invalid_value: [Number.NaN, Number.POSITIVE_INFINITY, '5', null, undefined, {}, 2n ** 2_000n],
      negative_counter: [-1, -5n],
    };
    const points = Object.values(values)
      .flat()
      .map((value) => ({ value }));
    const bounded = [
      null,
      {},
      { ...ok, buckets: { boundaries: [1], counts: [1, 1, 1] } },
      { ...ok, buckets: { boundaries: [2, 1], counts: [1, 1, 1] } },
      { ...ok, buckets: { boundaries: [1, Number.NaN], counts: [1, 1, 1] } },
      { ...ok, buckets: { boundaries: [1, 2], counts: [1, -1, 1] } },
      { ...ok, buckets: { boundaries: [1, 2], counts: [1, 0.5, 1] } },
      { ...ok, buckets: { boundaries: [1, 2], counts: [2 ** 53, 2 ** 53, 1] } },
      { ...ok, buckets: { boundaries: Array(100_000).fill(1), counts: Array(100_001).fill(1) } },
    ];
    const scaled = [
      { ...exponential, scale: 0.5 },
      { ...exponential, scale: 5_000 },
      { ...exponential, zeroCount: -1 },
      { ...exponential, positive: { offset: Number.NaN, bucketCounts: [1] } },
      { ...exponential, positive: { offset: 0, bucketCounts: [1.5] } },
      { ...exponential, positive: 'all' },
    ];

    const result = await exportData(
      exporter,
      createData([
        {
          name: 'hostile.numbers',
          points: [good, ...points, { value: 7n }, unreadable as { value: unknown }],
        },
        { name: 'hostile.bounded', ...histogram, points: [...bounded, ok].map((value) => ({ value })) },
        {
          name: 'hostile.scaled',
          type: EXPONENTIAL,
          points: [...scaled, exponential].map((value) => ({ value })),
        },
        { name: 'hostile.type', type: 9, points: [good] },
        { name: 'hostile.temporality', temporality: 'delta', points: [good] },
        { name: '', points: [good, good] },
        { name: { toString: () => 'x' }, points: [good] },
        {
          name: 'hostile.times',
          points: [
            { value: 1, at: Number.NaN },
            { value: 1, at: 0 },
            { value: 1, at: -1e15 },
            { value: 1, at: 8.64e15 },
            { value: 1, at: Date.now() + 3 * 86_400_000 },
            { value: 1, since: Number.NaN },
            { value: 1, since: Date.now() + 86_400_000 },
          ],
        },
      ]),
    );
    await exporter.shutdown();

    expect(result).toEqual(SUCCESS);
    expect(await valuesOf('hostile.numbers')).toEqual([1, 7]);
    expect(await valuesOf('hostile.bounded')).toEqual([4]);
    expect(await valuesOf('hostile.scaled')).toEqual([1.5]);
    expect(await valuesOf('hostile.times')).toEqual([1, 1]);
    expect(exporter.stats()).toMatchObject({
      stored: 6,
      dropped: {
        invalid_value: 7,
        negative_counter: 2,
        unexpected: 1,
        invalid_point: bounded.length + scaled.length,
        invalid_type: 2,
        invalid_name: 3,
        invalid_timestamp: 3,
        out_of_window: 2,
      },
    });
  });

  it('is mended in its texts, and secrets in labels are masked', async () => {
    const exporter = createExporter({ redact: (key, value) => (key === 'email' ? '[email]' : value) });
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`k${at}`, at]));
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const names = [
      "'; drop table observability.metrics; --",
      'nul\0byte',
      'lone\ud800',
      '__proto__',
      'ä\t\n\\N',
    ];
    const attributes = [
      {
        password: 'hunter2',
        email: 'ada@example.test',
        huge: 'x'.repeat(10_485_760),
        'k\0': 'v\ud800',
        n: Number.NaN,
      },
      many,
      circular,
      JSON.parse('{"__proto__": {"a": 1}, "constructor": 1}'),
      new Map([['map', 1]]),
      'text',
      null,
    ];

    const result = await exportData(
      exporter,
      createData([
        ...names.map((name) => ({ name: `mended.${name}`, unit: 'u'.repeat(500), points: [{ value: 1 }] })),
        { name: `mended.${'y'.repeat(10_485_760)}`, points: [{ value: 1 }] },
        { name: 'mended.attributes', points: attributes.map((each) => ({ value: 1, attributes: each })) },
      ]),
    );
    await exporter.shutdown();

    expect(result).toEqual(SUCCESS);
    const { rows } = await store.query<{ name: string; labels: Record<string, string> }>(
      `select metric_name as name, labels from observability.metrics where metric_name like 'mended.%' order by id`,
    );
    expect(rows.map(({ name }) => name.slice(7, 47))).toEqual([
      names[0],
      'nul\ufffdbyte',
      'lone\ufffd',
      '__proto__',
      'ä\t\n\\N',
      'y'.repeat(40),
      ...Array.from({ length: 7 }, () => 'attributes'),
    ]);
    const labels = rows.slice(-7).map((row) => row.labels);
    expect(labels[0]).toEqual({
      password: '[REDACTED]',
      email: '[email]',
      huge: 'x'.repeat(1_024),
      'k\ufffd': 'v\ufffd',
      n: 'NaN',
    });
    expect(Object.keys(labels[1] ?? {})).toHaveLength(64);
    expect(labels[4]).toEqual({ map: '1' });
    expect(labels.slice(5)).toEqual([{}, {}]);
    expect(exporter.stats()).toMatchObject({ stored: 13, dropped: {} });
    expect(exporter.stats().mended).toBeGreaterThan(10);
  });

  it('in buckets becomes what SQL can read, add up and join', async () => {
    const exporter = createExporter();
    const bounded = (boundaries: number[], extremes: object = {}): unknown => ({
      buckets: { boundaries, counts: Array(boundaries.length + 1).fill(1) },
      count: boundaries.length + 1,
      sum: 1,
      ...extremes,
    });
    const exponential = (
      scale: number,
      offset: number,
      bucketCounts: number[],
      rest: object = {},
    ): unknown => ({
      scale,
      zeroCount: 0,
      positive: { offset, bucketCounts },
      negative: { offset, bucketCounts },
      count: 2 * bucketCounts.length,
      sum: 0,
      ...rest,
    });
    const finest = Array.from({ length: 5_000 }, () => 1);
    const cases: [string, number, unknown][] = [
      [
        'far',
        HISTOGRAM,
        bounded([-1.7e308, 1e308, 1.7e308], { min: -Number.MAX_VALUE, max: Number.MAX_VALUE }),
      ],
      ['tiny', HISTOGRAM, bounded([5e-324, 1e-323], { min: 5e-324, max: 5e-324 })],
      ['none', HISTOGRAM, { buckets: { boundaries: [], counts: [] }, count: 4, sum: 12 }],
      [
        'infinite',
        HISTOGRAM,
        bounded([1, 2], { sum: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY }),
      ],
      ['crossed', HISTOGRAM, bounded([1, 2], { sum: Number.NaN, min: 5, max: 1 })],
      ['many', HISTOGRAM, bounded(Array.from({ length: 10_000 }, (_, at) => at))],
      ['coarse', EXPONENTIAL, exponential(-10, -1, [1, 1])],
      ['coarsest', EXPONENTIAL, exponential(-900, -1, [1, 1])],
      ['fine', EXPONENTIAL, exponential(20, 2 ** 29, finest)],
      ['finer', EXPONENTIAL, exponential(40, 2 ** 40, finest)],
      ['outside', EXPONENTIAL, exponential(5, 2 ** 50, [1, 1])],
      ['below', EXPONENTIAL, exponential(5, -(2 ** 50), [1, 1])],
      ['miscounted', EXPONENTIAL, exponential(5, 0, [1, 1], { count: 1e300, sum: Number.NEGATIVE_INFINITY })],
      ['absent', EXPONENTIAL, { scale: 3, zeroCount: 2, count: 2 }],
    ];
    const metrics = cases.map(([name, type, value]) => ({
      name: `buckets.${name}`,
      type,
      points: [{ value }],
    }));

    expect(await exportData(exporter, createData(metrics))).toEqual(SUCCESS);
    await exporter.shutdown();
    await sumUp(store);

    expect(exporter.stats()).toMatchObject({ stored: cases.length, dropped: {} });
    const { rows } = await store.query<Record<string, unknown>>(
      `select substr(p.metric_name, 9) as name, p.sample_count::integer as count, p.min, p.max, p.metric_value as value,
         m.sample_count::integer as summed,
         (m.zero_count + (select coalesce(sum(c), 0) from unnest(m.bucket_counts || m.negative_bucket_counts) c))::integer as counted
       from observability.metrics p join observability.metric_minutes m using (metric_name)
       where metric_name like 'buckets.%'`,
    );
    expect(rows).toHaveLength(cases.length);
    for (const row of rows) {
      expect(row).toMatchObject({ summed: row['count'], counted: row['count'] });
      expect([row['min'], row['max'], row['value']].every(Number.isFinite)).toBe(true);
      expect(row['min']).toBeLessThanOrEqual(row['max'] as number);
    }
    const collector = new MetricsCollector(store, { logger: createQuietLogger(), timeoutMs: 20_000 });
    for (const [name] of cases) {
      const answer = await collector.getPercentile(`buckets.${name}`, 0.9);
      expect([name, Number.isFinite(answer)]).toEqual([name, true]);
    }
    const valueOf = (name: string): unknown => rows.find((row) => row['name'] === name)?.['value'];
    // Each counts as the middle of its bucket: (0 + 1) / 2 + (1 + 2) / 2 + 2.
    expect(valueOf('infinite')).toBe(4);
    expect(rows.find(({ name }) => name === 'none')).toMatchObject({ min: 3, max: 3, value: 12 });
  });

  it('of gauges is stored as it is', async () => {
    const exporter = createExporter();
    const points = [5, -5, 0, -0, 5e-324, Number.MAX_VALUE].map((value) => ({ value }));

    await exportData(exporter, createData([{ name: 'gauges', type: GAUGE, points }]));
    await exporter.shutdown();

    expect(await valuesOf('gauges')).toEqual([5, -5, 0, 0, 5e-324, Number.MAX_VALUE]);
  });
});
