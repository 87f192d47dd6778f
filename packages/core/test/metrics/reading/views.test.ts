import { MetricsCollector } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { createQuietLogger } from '@pg-observability/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERIOD_MS } from '../../../src/metrics/rollups/rollup-period.ts';
import { openDatabase } from '../../housekeeping/housekeeping-database.ts';
import type { HousekeepingDatabase } from '../../housekeeping/housekeeping-database.ts';
import { sumUp } from '../rollups/sum-up.ts';

const { minute: MINUTE, hour: HOUR } = PERIOD_MS;
const START = Math.floor((Date.now() - 3 * HOUR) / HOUR) * HOUR;
const NAME = 'http.server.request.duration';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

describe.each(['embedded', 15, 18] as const)('views of metrics on %s', (kind) => {
  let database: HousekeepingDatabase;
  let store: SqlStore;
  beforeAll(async () => {
    database = await openDatabase(kind);
    store = database.store;
    let now = START;
    const metrics = new MetricsCollector(store, {
      flushIntervalMs: 3_600_000,
      logger: createQuietLogger(),
      serviceName: 'shop',
      now: () => now,
    });
    // 0.010, 0.020 … 1 s on one route and a failure on another: now, two minutes and two hours later.
    for (const [at, factor] of [
      [0, 1],
      [2 * MINUTE, 2],
      [2 * HOUR, 3],
    ] as const) {
      now = START + at + 1_000;
      const ok = { 'http.request.method': 'GET', 'http.route': '/orders', 'http.response.status_code': 200 };
      const failed = { ...ok, 'http.route': '/pay', 'http.response.status_code': 500, 'error.type': '500' };
      for (let i = 1; i <= 100; i += 1) {
        metrics.histogram(NAME, (i / 100) * factor, ok);
      }
      metrics.bind(NAME, 'histogram', failed).record(9, { traceId: TRACE_ID, spanId: 'b7ad6b7169203331' });
      metrics.gauge('queue', factor * 5);
      await metrics.flush();
    }
    await metrics.shutdown();
  }, 120_000);
  afterAll(() => database.close());

  async function select(text: string): Promise<Record<string, unknown>[]> {
    return (await store.query(text)).rows;
  }

  const minutesSince = `(extract(epoch from "time") * 1000 - ${START})::float8 / ${MINUTE} as minute`;

  async function readEverything(): Promise<Record<string, Record<string, unknown>[]>> {
    return {
      rates: await select(
        `select ${minutesSince}, http_route, http_response_status_code as status, requests::integer as requests,
           errors::integer as errors, round(duration_seconds::numeric, 6)::float8 as seconds
         from observability.v_request_rates order by 1, 2`,
      ),
      latency: await select(
        `select ${minutesSince}, http_route, requests::integer as requests, p50_seconds as p50, p95_seconds as p95,
           p99_seconds as p99, max_seconds as max
         from observability.v_latency order by 1, 2`,
      ),
      metrics: await select(
        `select ${minutesSince}, value_last, sample_count::integer as samples from observability.v_metrics
         where metric_name = 'queue' order by 1`,
      ),
      slow: await select(
        `select http_route, duration_seconds, trace_id from observability.v_slow_requests where http_route = '/pay' order by "time"`,
      ),
      byMinute: await percentiles('1 minute', `'http.route'`),
      byHour: await percentiles('1 hour', `'http.route'`),
      inAll: await percentiles('1 day', 'null'),
    };
  }

  async function percentiles(step: string, label: string): Promise<Record<string, unknown>[]> {
    return select(
      `select label_value, sample_count::integer as samples, percentiles[1] as p50, percentiles[2] as p99
       from observability.metric_percentiles('${NAME}', to_timestamp(${START / 1_000}), to_timestamp(${START / 1_000} + 10800),
         '${step}', ${label}, '{0.5,0.99}')`,
    );
  }

  it('show requests, latencies, gauges and examples, the same before and after they are summed up', async () => {
    const before = await readEverything();

    const summary = (factor: number, minute: number): unknown[] => [
      { minute, http_route: '/orders', status: 200, requests: 100, errors: 0, seconds: 50.5 * factor },
      { minute, http_route: '/pay', status: 500, requests: 1, errors: 1, seconds: 9 },
    ];
    expect(before['rates']).toEqual([...summary(1, 0), ...summary(2, 2), ...summary(3, 120)]);
    expect(before['metrics']).toEqual([
      { minute: 0, value_last: 5, samples: 1 },
      { minute: 2, value_last: 10, samples: 1 },
      { minute: 120, value_last: 15, samples: 1 },
    ]);
    expect(before['slow']).toEqual(
      Array.from({ length: 3 }, () => ({ http_route: '/pay', duration_seconds: 9, trace_id: TRACE_ID })),
    );
    for (const [place, factor] of [1, 2, 3].entries()) {
      const row = before['latency']?.[2 * place] as Record<'p50' | 'p95' | 'p99' | 'max', number>;
      const errors = [row.p50 / (0.5 * factor), row.p95 / (0.95 * factor), row.p99 / (0.99 * factor)];
      expect(Math.max(...errors.map((error) => Math.abs(error - 1)))).toBeLessThanOrEqual(0.011);
      expect(row.max).toBe(factor);
    }

    await sumUp(store);
    const after = await readEverything();

    expect(after).toEqual(before);
    const { rows } = await store.query('select count(*)::integer as count from observability.metric_hours');
    expect(rows).not.toEqual([{ count: 0 }]);
  });

  it('merge percentiles over any step, by a label and over all', async () => {
    const { byMinute, byHour, inAll } = await readEverything();

    expect([byMinute?.length, byHour?.length, inAll?.length]).toEqual([6, 4, 1]);
    expect(byHour?.map(({ label_value: route, samples }) => [route, samples])).toEqual([
      ['/orders', 200],
      ['/pay', 2],
      ['/orders', 100],
      ['/pay', 1],
    ]);
    expect(inAll).toMatchObject([{ label_value: null, samples: 303, p99: expect.closeTo(3, 1) }]);
  });

  it('refuse a step below a minute', async () => {
    await expect(percentiles('10 seconds', 'null')).rejects.toThrow(/expected a minute or more/);
  });
});
