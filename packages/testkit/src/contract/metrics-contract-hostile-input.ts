import { describe, expect, it } from 'vitest';
import type { MetricsContext } from './metrics-contract-context.ts';
import { createQuietLogger } from './quiet-logger.ts';
import { untyped } from './untyped-metrics.ts';

const HUGE = 'x'.repeat(10_000_000);
const circular: Record<string, unknown> = { name: 'me' };
circular['self'] = circular;

const ODD_VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  '5',
  {},
  [],
  () => 1,
  Symbol('s'),
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  HUGE,
  circular,
  new Date(),
  new Proxy({}, throwingHandler()),
];

/** Recording takes anything: it stores it as it is, mends it, or drops it with a count. */
export function describeMetricHostileInput(context: MetricsContext): void {
  describe('hostile input', () => {
    it('never makes a recording call throw, and is counted', async () => {
      const logger = createQuietLogger();
      const metrics = context.collector({ logger });
      const calls = untyped(metrics);

      for (const odd of ODD_VALUES) {
        for (const record of [calls.counter, calls.gauge, calls.histogram]) {
          record.call(metrics, odd, 1);
          record.call(metrics, 'hostile.value', odd);
          record.call(metrics, 'hostile.labels', 1, odd);
          record.call(metrics, 'hostile.label', 1, { odd });
          record.call(metrics, 'hostile.options', 1, {}, odd);
          record.call(metrics, 'hostile.unit', 1, {}, { unit: odd });
        }
        calls.record(odd);
        calls.record({ name: odd, value: odd, metricType: odd, timestamp: odd, labels: odd });
        calls.record({ name: 'hostile.time', value: 1, metricType: 'gauge', timestamp: odd, labels: {} });
      }
      await metrics.flush();

      const { recorded, queued, dropped, mended } = metrics.stats();
      expect(recorded).toBeGreaterThan(100);
      expect(queued).toBe(0);
      expect(mended).toBeGreaterThan(0);
      expect(Object.keys(dropped).toSorted()).toEqual([
        'invalid_name',
        'invalid_timestamp',
        'invalid_type',
        'invalid_value',
        'unexpected',
      ]);
      expect(new Set(logger.lines).size).toBe(logger.lines.length);
    });

    it('is stored as it is where it is only unusual', async () => {
      const metrics = context.collector();
      const names = [
        "'; drop table observability.metrics; --",
        '"quoted" $1 %s',
        '__proto__',
        '度量 📈',
        'a\nb\\',
      ];
      const labels: Record<string, string> = Object.fromEntries(names.map((name) => [name, `=${name}`]));
      names.forEach((name) => metrics.counter(name, 1, labels));

      const answers = await Promise.all(names.map((name) => metrics.query(name, { labels })));

      const found = answers.map((points) =>
        points.map((point) => [point.name, new Map(Object.entries(point.labels))]),
      );
      expect(found).toEqual(names.map((name) => [[name, new Map(Object.entries(labels))]]));
    });

    it('is mended where PostgreSQL cannot hold it, and found by the same name and labels', async () => {
      const metrics = context.collector();
      metrics.counter('hostile.\0.\ud800', 1, { 'a\0b': 'c\udc00d' });

      const points = await metrics.query('hostile.\0.\ud800', { labels: { 'a\0b': 'c\udc00d' } });

      expect(points.map(({ name, labels }) => ({ name, labels }))).toEqual([
        { name: 'hostile.\ufffd.\ufffd', labels: { 'a\ufffdb': 'c\ufffdd' } },
      ]);
      expect(metrics.stats().mended).toBeGreaterThan(0);
    });

    it('cannot make a row huge', async () => {
      const metrics = context.collector();
      const labels = Object.fromEntries(
        Array.from({ length: 10_000 }, (_, index) => [`label${index}`, HUGE.slice(0, 100_000)]),
      );
      metrics.counter(`hostile.huge.${HUGE}`, 1, labels);
      await metrics.flush();

      const { rows } = await context.store().query<{ name_length: number; labels_length: number }>(
        `select length(metric_name)::int as name_length, length(labels::text)::int as labels_length
         from observability.metrics where metric_name like 'hostile.huge.%'`,
      );

      expect(rows).toHaveLength(1);
      expect(rows[0]?.name_length).toBe(255);
      expect(rows[0]?.labels_length).toBeLessThan(2_000_000);
    });

    it('does not bend numbers: the smallest, the largest, negative zero and a bigint', async () => {
      const metrics = context.collector();
      const values = [Number.MIN_VALUE, 2 ** -1022, Number.MAX_VALUE, -Number.MAX_VALUE, -0, 2 ** 53 + 2];
      const timestamp = Date.now() - 1_000;
      values.forEach((value, index) =>
        metrics.record({
          name: 'hostile.numbers',
          value,
          metricType: 'gauge',
          timestamp: timestamp + index,
          labels: {},
        }),
      );
      untyped(metrics).record({
        name: 'hostile.numbers',
        value: 7n,
        metricType: 'gauge',
        timestamp: new Date(),
        labels: {},
      });
      [Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE].forEach((value) =>
        metrics.histogram('hostile.ends', value),
      );

      const points = await metrics.query('hostile.numbers');
      const ends = await Promise.all(
        [0, 0.5, 1].map((fraction) => metrics.getPercentile('hostile.ends', fraction)),
      );

      expect(points.map(({ value }) => value)).toEqual([...values.map((value) => value + 0), 7]);
      expect(ends).toEqual([-Number.MAX_VALUE, Number.MIN_VALUE, Number.MAX_VALUE]);
    });

    it('drops increments below zero and sums that no double can hold', async () => {
      const metrics = context.collector();
      [1, -1, Number.MAX_VALUE, Number.MAX_VALUE].forEach((value) =>
        metrics.counter('hostile.counter', value),
      );
      metrics.record({
        name: 'hostile.counter',
        value: -1,
        metricType: 'counter',
        timestamp: new Date(),
        labels: {},
      });

      const points = await metrics.query('hostile.counter');

      expect(points.map(({ value, sampleCount }) => ({ value, sampleCount }))).toEqual([
        { value: Number.MAX_VALUE, sampleCount: 2 },
      ]);
      expect(metrics.stats().dropped).toEqual({ negative_counter: 2, value_overflow: 1 });
    });

    it('cannot make more series than allowed; one line names the label that does', async () => {
      const logger = createQuietLogger();
      const metrics = context.collector({ logger, maxSeriesPerMetric: 5 });
      for (let i = 0; i < 100; i += 1) {
        metrics.counter('hostile.series', 1, { route: `/${i % 2}`, user: i });
      }

      const points = await metrics.query('hostile.series');

      const overflow = points.filter(({ labels }) => labels['otel.metric.overflow'] === 'true');
      expect(points).toHaveLength(6);
      expect(overflow.map(({ value, sampleCount, labels }) => ({ value, sampleCount, labels }))).toEqual([
        { value: 95, sampleCount: 95, labels: { 'otel.metric.overflow': 'true' } },
      ]);
      expect(logger.lines.map((line) => /"hostile\.series".*"user"/.test(line))).toEqual([true]);
    });

    it('masks labels that hold secrets, by the default list and by a function', async () => {
      const metrics = context.collector({ redact: (key, value) => (key === 'email' ? '[email]' : value) });
      metrics.counter('hostile.secrets', 1, { password: 'hunter2', email: 'a@b.c', zone: 'eu' });

      const points = await metrics.query('hostile.secrets', { labels: { password: 'hunter2' } });

      expect(points.map(({ labels }) => labels)).toEqual([
        { password: '[REDACTED]', email: '[email]', zone: 'eu' },
      ]);
    });
  });
}

function throwingHandler(): ProxyHandler<object> {
  const refuse = (): never => {
    throw new Error('hands off');
  };
  return {
    get: refuse,
    ownKeys: refuse,
    getPrototypeOf: refuse,
    has: refuse,
    getOwnPropertyDescriptor: refuse,
  };
}
