// S8: what many stored spans take from the rate at which new ones are stored: a full and an empty database in turn.
import pg from 'pg';
import { PostgreSQLSpanExporter } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { selectNumber, withDatabase } from './database.mjs';
import { median } from './median.mjs';
import { exportInBatches, makeSpans } from './reference-spans.mjs';
import { fillDay, storeSpansByDay, TRACE_SPANS } from './stored-spans.mjs';

const DAYS = 7;
const ROUND_SPANS = 20_000;
const BATCH_SPANS = 1_000;

/** Spans per second of a round. */
async function storeRound(exporter, spans) {
  const start = performance.now();
  await exportInBatches(exporter, spans, BATCH_SPANS);
  return spans.length / ((performance.now() - start) / 1_000);
}

async function openSide(url) {
  const client = new pg.Client({ connectionString: url });
  // When a benchmark fails its server is stopped under the connection.
  client.on('error', () => {});
  await client.connect();
  const store = postgresStore(url);
  return { client, store, exporter: new PostgreSQLSpanExporter(store), rates: [] };
}

/** Medians of rounds in turn; the empty side is emptied before each. */
async function compare(full, empty, rounds, spansPerTrace) {
  full.rates = [];
  empty.rates = [];
  const before = await selectNumber(full.client, 'select count(*) from observability.spans');
  for (let round = 0; round <= rounds; round += 1) {
    const spans = makeSpans(ROUND_SPANS, spansPerTrace);
    await empty.client.query('truncate observability.spans, observability.ingest_batches');
    // To and fro: the first of a round is also the one in which this process collects the garbage of making the spans.
    for (const side of round % 2 === 0 ? [full, empty] : [empty, full]) {
      const rate = await storeRound(side.exporter, spans);
      // The first round after a checkpoint writes whole pages.
      if (round > 0) {
        side.rates.push(rate);
      }
    }
  }
  const stored = (await selectNumber(full.client, 'select count(*) from observability.spans')) - before;
  if (stored !== ROUND_SPANS * (rounds + 1)) {
    throw new Error(`${ROUND_SPANS * (rounds + 1)} spans were exported, ${stored} are stored.`);
  }
  return { ours: median(full.rates), peer: median(empty.rates) };
}

export function ingestRate({ rows, quick, tell }) {
  const rounds = quick ? 6 : 30;
  return withDatabase(
    async ({ url, client, create }) => {
      const empty = await openSide(await create());
      await exportInBatches(empty.exporter, makeSpans(BATCH_SPANS), BATCH_SPANS);
      const full = await openSide(url);
      const perDay = await storeSpansByDay({ url, client, rows, days: DAYS });
      tell(`${rows.toLocaleString('en')} spans are stored over ${DAYS} days`);
      const overDays = await compare(full, empty, rounds, TRACE_SPANS);
      tell(`${Math.round(overDays.ours)} spans a second, ${Math.round(overDays.peer)} with 0 rows`);
      const oneEach = await compare(full, empty, rounds, 1);
      // Today's partition alone then holds all of them.
      await fillDay(client, 0, rows - perDay);
      await client.query('vacuum (analyze) observability.spans');
      await client.query('checkpoint');
      tell(`today's partition has ${rows.toLocaleString('en')}`);
      const inOne = await compare(full, empty, rounds, TRACE_SPANS);
      await Promise.all([full, empty].flatMap((side) => [side.client.end(), side.store.close()]));
      const stored = rows.toLocaleString('en');
      const shared = { unit: '/s', peerName: 'with 0 rows' };
      return {
        rows: [
          {
            ...shared,
            ...overDays,
            what: `spans stored with ${stored} over ${DAYS} daily partitions`,
            ratioAtLeast: 0.9,
          },
          { ...shared, ...oneEach, what: 'the same, each span a trace of its own' },
          { ...shared, ...inOne, what: `the same as the first with ${stored} in one partition` },
        ],
      };
    },
    // Checkpoints come by time, as on a server that is used; commits wait for the disk.
    { settings: { max_wal_size: '8GB', autovacuum: 'off', shared_buffers: '1GB' } },
  );
}
