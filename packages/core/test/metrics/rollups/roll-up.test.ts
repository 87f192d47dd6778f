import { MetricsCollector } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { createQuietLogger, createRandom } from '@pg-observability/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteIncomplete, rollUpAll } from '../../../src/metrics/rollups/roll-up.ts';
import { sumUp } from './sum-up.ts';
import { PERIOD_MS, ROLLUP_TABLES } from '../../../src/metrics/rollups/rollup-period.ts';
import type { RollupPeriod } from '../../../src/metrics/rollups/rollup-period.ts';
import { openDatabase } from '../../housekeeping/housekeeping-database.ts';
import type { HousekeepingDatabase } from '../../housekeeping/housekeeping-database.ts';

const { minute: MINUTE, hour: HOUR, day: DAY } = PERIOD_MS;
// Yesterday's noon, so that its hours and the day are over.
const NOON = Math.floor(Date.now() / DAY) * DAY - DAY / 2;

describe.each(['embedded', 15, 18] as const)('summing metrics up on %s', (kind) => {
  let database: HousekeepingDatabase;
  let store: SqlStore;
  beforeAll(async () => {
    database = await openDatabase(kind);
    store = database.store;
  }, 60_000);
  afterAll(() => database.close());

  /** A collector of its own whose clock is set, for windows in the past. */
  function collector(serviceName = 'shop'): { metrics: MetricsCollector; at(time: number): void } {
    let now = NOON;
    const metrics = new MetricsCollector(store, {
      flushIntervalMs: 3_600_000,
      logger: createQuietLogger(),
      serviceName,
      now: () => now,
    });
    return {
      metrics,
      at: (time) => {
        now = time;
      },
    };
  }

  interface Sums {
    bucket_start: number;
    labels: string;
    service_name: string | null;
    point_count: number;
    sample_count: number;
    value_sum: number;
    value_last: number;
    min: number | null;
    max: number | null;
  }

  async function sumsOf(period: RollupPeriod, name: string): Promise<Sums[]> {
    const { rows } = await store.query(
      `select (extract(epoch from bucket_start) * 1000)::float8 as bucket_start, labels::text as labels, service_name,
         point_count::integer as point_count, sample_count::integer as sample_count, value_sum, value_last, min, max
       from ${ROLLUP_TABLES[period]} where metric_name = $1::text order by 1, 2, 3, metric_type`,
      [name],
    );
    return rows as unknown as Sums[];
  }

  /** The same, computed from the points by plain SQL. */
  async function expectedSums(period: RollupPeriod, name: string): Promise<Sums[]> {
    const { rows } = await store.query(
      `select (extract(epoch from date_bin($2::interval, recorded_at, timestamptz 'epoch')) * 1000)::float8 as bucket_start,
         labels::text as labels, service_name, count(*)::integer as point_count, sum(sample_count)::integer as sample_count,
         sum(metric_value) as value_sum, (array_agg(metric_value order by recorded_at desc, metric_value desc))[1] as value_last,
         min(min) as min, max(max) as max
       from observability.metrics where metric_name = $1::text
       group by 1, metric_type, labels, service_name order by 1, 2, 3, metric_type`,
      [name, `1 ${period}`],
    );
    return rows as unknown as Sums[];
  }

  async function bucketTotals(period: RollupPeriod, name: string): Promise<unknown> {
    const { rows } = await store.query(
      `select sum(zero_count + (select coalesce(sum(c), 0) from unnest(bucket_counts || negative_bucket_counts) as c))::integer as values,
         sum(sample_count)::integer as samples
       from ${ROLLUP_TABLES[period]} where metric_name = $1::text`,
      [name],
    );
    return rows[0];
  }

  function expectSame(actual: Sums[], expected: Sums[]): void {
    expect(actual.map((row) => ({ ...row, value_sum: 0 }))).toEqual(
      expected.map((row) => ({ ...row, value_sum: 0 })),
    );
    actual.forEach((row, at) => expect(row.value_sum).toBeCloseTo(expected[at]?.value_sum ?? Number.NaN, 6));
  }

  it('gives the sums of plain SQL, however often and whenever it runs, with points that come late', async () => {
    const random = createRandom(7);
    const name = 'model';
    const sides = ['shop', 'mail'].map((service) => collector(service));
    for (let step = 0; step < 60; step += 1) {
      const side = sides[step % 2] as (typeof sides)[number];
      // Mostly forward through five hours, and now and then back.
      const time = NOON - 5 * HOUR + (random() < 0.8 ? step * 5 * MINUTE : Math.floor(random() * 5 * HOUR));
      side.at(time);
      for (let i = 0; i < 20; i += 1) {
        const labels = { route: random() < 0.5 ? '/a' : '/b' };
        side.metrics.histogram(name, random() < 0.1 ? 0 : (random() - 0.2) * 10 ** (random() * 4), labels);
        if (random() < 0.2) {
          const timestamp = time - Math.floor(random() * 3 * HOUR);
          const metricType = random() < 0.5 ? 'gauge' : 'histogram';
          side.metrics.record({ name, metricType, value: random() * 10 - 3, timestamp, labels });
        }
      }
      await side.metrics.flush();
      if (random() < 0.3) {
        expect(await rollUpAll(store, undefined)).toMatchObject({ leaseLost: false });
      }
    }
    await sumUp(store);

    expectSame(await sumsOf('minute', name), await expectedSums('minute', name));
    expectSame(await sumsOf('hour', name), await expectedSums('hour', name));
    expectSame(await sumsOf('day', name), await expectedSums('day', name));
    const totals = await bucketTotals('minute', name);
    expect(totals).toMatchObject({ values: (totals as { samples: number }).samples });
    expect(await bucketTotals('day', name)).toEqual(totals);
    await Promise.all(sides.map(({ metrics }) => metrics.shutdown()));
  }, 60_000);

  it('sums hours up once they are over, and keeps the open one for later', async () => {
    const { metrics, at } = collector();
    at(Date.now());
    metrics.counter('open hour', 3);
    await metrics.flush();

    await sumUp(store);

    expect(await sumsOf('minute', 'open hour')).toMatchObject([{ value_sum: 3 }]);
    expect(await sumsOf('hour', 'open hour')).toEqual([]);
    const pending = await store.query(
      "select 1 from observability.metric_rollup_pending where period = 'hour'",
    );
    expect(pending.rowCount).toBe(1);
    await metrics.shutdown();
  });

  it('adds what comes late to hours whose points are gone, once', async () => {
    const { metrics, at } = collector();
    const time = NOON - 40 * DAY;
    const record = async (value: number): Promise<void> => {
      metrics.record({ name: 'late', metricType: 'histogram', value, timestamp: time, labels: {} });
      await metrics.flush();
      await sumUp(store);
    };
    at(time);
    await record(1);
    await noteIncomplete(store, 'metric_minutes', time + DAY);
    await noteIncomplete(store, 'metrics', time + DAY);
    await store.query("delete from observability.metrics where metric_name = 'late'");

    await record(2);
    await record(4);
    await sumUp(store);

    const left = await store.query("select 1 from observability.metrics where metric_name = 'late'");
    expect(left.rowCount).toBe(0);
    const expected = { point_count: 3, sample_count: 3, value_sum: 7, min: 1, max: 4 };
    expect(await sumsOf('hour', 'late')).toMatchObject([expected]);
    expect(await sumsOf('day', 'late')).toMatchObject([expected]);
    expect(await bucketTotals('day', 'late')).toEqual({ values: 3, samples: 3 });
    await metrics.shutdown();
  });

  it('sums hours up from points where minutes are gone', async () => {
    const { metrics, at } = collector();
    const time = NOON - 20 * DAY;
    at(time);
    await noteIncomplete(store, 'metric_minutes', time + DAY);
    metrics.counter('no minutes', 5, { a: '1' });
    await metrics.flush();

    await sumUp(store);

    expect(await sumsOf('minute', 'no minutes')).toEqual([]);
    expect(await sumsOf('hour', 'no minutes')).toMatchObject([{ value_sum: 5 }]);
    await metrics.shutdown();
  });

  it('leaves everything as it was when it fails halfway', async () => {
    const { metrics, at } = collector();
    at(NOON);
    metrics.counter('halfway', 1);
    await metrics.flush();
    await sumUp(store);
    at(NOON + 1_000);
    metrics.counter('halfway', 1);
    await metrics.flush();
    let statements = 0;
    const failing: SqlStore = {
      query: (text, values) => store.query(text, values),
      script: (text) => store.script(text),
      transaction: (work) =>
        store.transaction((sql) =>
          work({
            query: (text, values) => {
              statements += 1;
              // After the sums of the minute were removed.
              return statements === 3 ? Promise.reject(new Error('cut')) : sql.query(text, values);
            },
          }),
        ),
    };

    await expect(rollUpAll(failing, undefined)).rejects.toThrow('cut');
    const between = await sumsOf('minute', 'halfway');
    await sumUp(store);

    expect(between).toMatchObject([{ value_sum: 1 }]);
    expect(await sumsOf('minute', 'halfway')).toMatchObject([{ value_sum: 2, point_count: 2 }]);
    await metrics.shutdown();
  });

  it('takes turns with another one that sums up at the same time', async () => {
    const { metrics, at } = collector();
    for (let i = 0; i < 30; i += 1) {
      at(NOON + i * MINUTE);
      metrics.counter('turns', 1);
      await metrics.flush();
    }

    await Promise.all([sumUp(store), sumUp(store), sumUp(store)]);

    expectSame(await sumsOf('minute', 'turns'), await expectedSums('minute', 'turns'));
    expectSame(await sumsOf('hour', 'turns'), await expectedSums('hour', 'turns'));
    await metrics.shutdown();
  });

  it('keeps examples of the largest values', async () => {
    const exemplars = (values: number[]): string =>
      JSON.stringify(values.map((value) => ({ value, time: 't', trace_id: `t${value}`, span_id: 's' })));
    await store.query(
      `insert into observability.metrics (recorded_at, metric_value, metric_name, metric_type, bucket_scale, bucket_indexes, bucket_counts, exemplars)
       select to_timestamp($1::float8 / 1000), 1, 'examples', 'histogram', 5, '{1}', '{1}', e::jsonb
       from unnest($2::text[]) as e`,
      [NOON, [exemplars([1, 5, 9, 13, 14, 15]), exemplars([2, 7, 8, 10, 11, 12])]],
    );
    await store.query(
      "insert into observability.ingest_batches (batch_id, signal, row_count, rollup_minutes) values ('ex', 'metrics', 2, array[$1::integer])",
      [NOON / MINUTE],
    );

    await sumUp(store);

    const { rows } = await store.query<{ values: number[] }>(
      `select (select array_agg((e ->> 'value')::integer) from jsonb_array_elements(exemplars) as e) as values
       from observability.metric_hours where metric_name = 'examples'`,
    );
    expect(rows[0]?.values).toEqual([5, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });
});
