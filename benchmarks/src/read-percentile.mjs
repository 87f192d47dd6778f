// S6: a percentile over a day, from what is summed up, beside percentile_cont over every value.
import { once } from 'node:events';
import { MetricsCollector, runHousekeeping } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { from as copyFrom } from 'pg-copy-streams';
import { withDatabase } from './database.mjs';
import { median } from './median.mjs';

const NAME = 'http.server.request.duration';
const SERIES = 50;
const WINDOW_MS = 10_000;
const DAY_MS = 86_400_000;
const WINDOWS = DAY_MS / WINDOW_MS;
const FRACTIONS = [0.5, 0.95, 0.99, 0.999];
const P95 = 1;
const ROUNDS = 15;
const PEER_ROUNDS = 3;

/** The same numbers in every run (mulberry32). */
function createRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Latencies as services have them: log-normal around a median of each route's own, in seconds. */
function createLatency() {
  const random = createRandom(6);
  return (series) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return 0.005 * (1 + series) * Math.exp(0.8 * normal);
  };
}

/** Records a day that ends now, through the collector and as plain rows. */
async function recordDay({ store, client, rows, endsAt, tell }) {
  const latency = createLatency();
  const perWindow = Math.round(rows / WINDOWS / SERIES);
  let now = endsAt - DAY_MS;
  const metrics = new MetricsCollector(store, {
    flushIntervalMs: 3_600_000,
    now: () => now,
    serviceName: 'bench',
  });
  await client.query(
    'create table raw_values (recorded_at timestamptz not null, route text not null, value float8 not null)',
  );
  const copy = client.query(copyFrom('copy raw_values from stdin'));
  for (let window = 0; window < WINDOWS; window += 1) {
    now += WINDOW_MS;
    const time = new Date(now - 1).toISOString();
    let text = '';
    for (let series = 0; series < SERIES; series += 1) {
      const route = `/route-${series}`;
      for (let i = 0; i < perWindow; i += 1) {
        const value = latency(series);
        metrics.histogram(NAME, value, { 'http.route': route });
        text += `${time}\t${route}\t${value}\n`;
      }
    }
    await metrics.flush(60_000);
    if (!copy.write(text)) {
      await once(copy, 'drain');
    }
    if (window % 2_000 === 0) {
      tell(`${window} of ${WINDOWS} windows are recorded`);
    }
  }
  copy.end();
  await once(copy, 'finish');
  await metrics.shutdown();
  return perWindow * WINDOWS * SERIES;
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}

async function timesOf(rounds, work) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push((await timed(work)).ms);
  }
  return median(times);
}

const exactly = `percentile_cont(array[${FRACTIONS.join()}]::float8[]) within group (order by value)`;
const lastDay = 'from raw_values where recorded_at >= $1 and recorded_at <= $2';

async function compare({ store, client, endsAt, sent }) {
  const metrics = new MetricsCollector(store, { now: () => endsAt });
  const range = [new Date(endsAt - DAY_MS), new Date(endsAt)];
  const read = (options) => metrics.percentiles(NAME, FRACTIONS, { hours: 24, ...options });
  const [all] = await read();
  if (all.sampleCount !== sent) {
    throw new Error(`${sent} observations were recorded, and ${all.sampleCount} answered.`);
  }
  const { rows } = await client.query(`select ${exactly} as exact ${lastDay}`, range);
  const byRoute = await read({ groupBy: ['http.route'] });
  const { rows: exactByRoute } = await client.query(
    `select route, ${exactly} as exact ${lastDay} group by route`,
    range,
  );
  const errorsOf = (values, exact) => values.map((value, place) => Math.abs(value / exact[place] - 1));
  const errors = errorsOf(all.values, rows[0].exact);
  const errorsByRoute = exactByRoute.map(({ route, exact }) =>
    errorsOf(byRoute.find(({ labels }) => labels['http.route'] === route).values, exact),
  );
  const result = {
    ours: await timesOf(ROUNDS, () => metrics.percentiles(NAME, [0.95], { hours: 24 })),
    peer: await timesOf(PEER_ROUNDS, () =>
      client.query(`select percentile_cont(0.95) within group (order by value) ${lastDay}`, range),
    ),
    oursByRoute: await timesOf(ROUNDS, () =>
      metrics.percentiles(NAME, [0.95], { hours: 24, groupBy: ['http.route'] }),
    ),
    peerByRoute: await timesOf(PEER_ROUNDS, () =>
      client.query(
        `select route, percentile_cont(0.95) within group (order by value) ${lastDay} group by route`,
        range,
      ),
    ),
    errors,
    errorOfP95: Math.max(errors[P95], ...errorsByRoute.map((each) => each[P95])),
  };
  await metrics.shutdown();
  return result;
}

async function countRows(client) {
  const { rows } = await client.query(`select
    (select count(*) from observability.metrics)::integer as points,
    (select count(*) from observability.metric_minutes)::integer as minutes,
    (select count(*) from observability.metric_hours)::integer as hours`);
  return rows[0];
}

export function readPercentile({ rows, tell }) {
  return withDatabase(
    async ({ url, client }) => {
      const endsAt = Date.now();
      const store = postgresStore(url);
      const sent = await recordDay({ store, client, rows, endsAt, tell });
      tell(`${sent.toLocaleString('en')} observations are recorded`);
      const summingUp = await timed(async () => {
        let report = await runHousekeeping(store);
        for (let turn = 0; report.unfinished && turn < 100; turn += 1) {
          report = await runHousekeeping(store);
        }
      });
      await client.query('vacuum analyze');
      const stored = await countRows(client);
      const found = await compare({ store, client, endsAt, sent });
      await store.close();
      const what = `p95 over 24 h, ${SERIES} series, ${sent.toLocaleString('en')} observations`;
      const percent = (error) => `${(error * 100).toFixed(2)} %`;
      return {
        rows: [
          {
            what,
            ours: found.ours,
            peer: found.peer,
            peerName: 'percentile_cont over the values',
            unit: 'ms',
            ratioAtMost: 0.01,
          },
          {
            what: 'the same for each series',
            ours: found.oursByRoute,
            peer: found.peerByRoute,
            peerName: 'percentile_cont, group by',
            unit: 'ms',
          },
          {
            what: 'largest relative error of these p95',
            ours: found.errorOfP95 * 100,
            unit: '%',
            valueAtMost: 1.1,
          },
        ],
        details: [
          `S6: errors over all series of p50, p95, p99 and p99.9: ${found.errors.map(percent).join(', ')}; ${stored.points.toLocaleString('en')} points were summed up into ${stored.minutes.toLocaleString('en')} minutes and ${stored.hours.toLocaleString('en')} hours in ${(summingUp.ms / 1_000).toFixed(0)} s.`,
        ],
      };
    },
    { isDurable: false, settings: { max_wal_size: '8GB', shared_buffers: '512MB' } },
  );
}
