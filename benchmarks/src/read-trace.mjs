// S7: one trace by its ID among many stored spans.
import pg from 'pg';
import { selectNumber, withDatabase } from './database.mjs';
import { median, percentile } from './median.mjs';
import { pickTraces, storeSpansByDay, TRACE_SPANS } from './stored-spans.mjs';
import { waitedForCore } from './wait-clock.mjs';

const DAYS = 30;
const LOOKUPS = 200;
const FRESH_CONNECTIONS = 10;
const byId = 'select * from observability.trace($1::text)';
const byIdAndTime = 'select * from observability.trace($1::text, $2::timestamptz)';
const viewById = 'select * from observability.v_spans where trace_id = $1::text order by start_time';

/** Milliseconds of each look-up, by the clock and without the time in which other processes had the core. */
async function timeLookups(client, text, traces, toValues) {
  const backend = await selectNumber(client, 'select pg_backend_pid()');
  const waited = () => waitedForCore(backend) + waitedForCore('self');
  const times = { own: [], byClock: [] };
  for (const trace of traces) {
    const waitedBefore = waited();
    const start = performance.now();
    const { rows } = await client.query(text, toValues(trace));
    const time = performance.now() - start;
    times.byClock.push(time);
    times.own.push(time - (waited() - waitedBefore));
    if (rows.length !== TRACE_SPANS) {
      throw new Error(`A trace of ${TRACE_SPANS} spans came back with ${rows.length}.`);
    }
  }
  return times;
}

/** The first look-up of a connection also reads what the server knows of each partition. */
async function timeFirstLookups(url, traces) {
  const times = [];
  for (const trace of traces) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const first = await timeLookups(client, byId, [trace], ({ trace_id: traceId }) => [traceId]);
    times.push(...first.own);
    await client.end();
  }
  return times;
}

/** How often each index of each partition was looked into so far. */
async function indexScans(client) {
  await client.query('select pg_stat_force_next_flush()');
  const { rows } = await client.query(
    `select relname, indexrelname, idx_scan from pg_stat_user_indexes where relname like 'spans_p%'`,
  );
  return rows;
}

/** Partitions whose indexes a statement looks into, by the counters of PostgreSQL. */
async function countPartitions(client, text, values) {
  const before = new Map((await indexScans(client)).map((row) => [row.indexrelname, row.idx_scan]));
  await client.query(text, values);
  const after = await indexScans(client);
  const touched = after.filter((row) => row.idx_scan !== before.get(row.indexrelname));
  return new Set(touched.map((row) => row.relname)).size;
}

async function measureLookups(url, traces) {
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  const [{ trace_id: traceId, started }] = traces;
  const result = {
    times: await timeLookups(reader, byId, traces, (trace) => [trace.trace_id]),
    timesWithTime: await timeLookups(reader, byIdAndTime, traces, (trace) => [trace.trace_id, trace.started]),
    timesOfView: await timeLookups(reader, viewById, traces, (trace) => [trace.trace_id]),
    firstTimes: await timeFirstLookups(url, traces.slice(0, FRESH_CONNECTIONS)),
    partitions: await countPartitions(reader, byId, [traceId]),
    partitionsWithTime: await countPartitions(reader, byIdAndTime, [traceId, started]),
  };
  await reader.end();
  return result;
}

export function readTrace({ rows, tell }) {
  const stored = `${rows.toLocaleString('en')} spans, ${DAYS} daily partitions`;
  return withDatabase(
    async ({ url, client }) => {
      const perDay = await storeSpansByDay({ url, client, rows, days: DAYS });
      tell(`${rows.toLocaleString('en')} spans are stored`);
      const traces = await pickTraces(client, { days: DAYS, perDay, count: LOOKUPS });
      const found = await measureLookups(url, traces);
      const p95 = percentile(found.times.own, 0.95);
      const withTime = percentile(found.timesWithTime.own, 0.95).toFixed(2);
      return {
        rows: [
          {
            what: `trace by ID, p95 of ${LOOKUPS}; ${stored}`,
            ours: p95,
            unit: 'ms',
            valueAtMost: 5,
          },
          {
            what: 'partitions touched where a time is given',
            ours: found.partitionsWithTime,
            peer: found.partitions,
            peerName: 'without a time',
            unit: '',
            valueAtMost: 3,
          },
        ],
        details: [
          `S7: median ${median(found.times.own).toFixed(2)} ms; with a time p95 ${withTime} ms; by the view, planned anew each time, p95 ${percentile(found.timesOfView.own, 0.95).toFixed(2)} ms; first look-up of a fresh connection, median of ${FRESH_CONNECTIONS}: ${median(found.firstTimes).toFixed(2)} ms; by the clock, with the time other processes had the core: median ${median(found.times.byClock).toFixed(2)} ms, p95 ${percentile(found.times.byClock, 0.95).toFixed(2)} ms.`,
        ],
      };
    },
    // Only reading is measured; loading need not wait for the disk.
    { isDurable: false, settings: { max_wal_size: '8GB', autovacuum: 'off', shared_buffers: '512MB' } },
  );
}
