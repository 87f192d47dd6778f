// S2: spans per second from the exporter into a real PostgreSQL, against one COPY stream of the same rows that were encoded
// before the clock started: the fastest a client can be.
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import copyStreams from 'pg-copy-streams';
import { PostgreSQLSpanExporter } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { selectNumber, withDatabase } from './database.mjs';
import { median } from './median.mjs';
import { exportAtOnce, makeSpans } from './reference-spans.mjs';

const BATCHES = 20;
const BATCH_SPANS = 1_000;
const ROUNDS = 15;

async function copyOnce(client) {
  const { rows } = await client.query('select * from observability.spans limit 1');
  const columns = Object.keys(rows[0]);
  const text = await client.query(
    `select string_agg(line, E'\\n') as lines from (select array_to_string(array[${columns
      .map((column) => `coalesce(replace(${column}::text, E'\\\\', E'\\\\\\\\'), E'\\\\N')`)
      .join(', ')}], E'\\t') as line from observability.spans limit ${BATCHES * BATCH_SPANS}) as l`,
  );
  const encoded = Buffer.from(`${text.rows[0].lines}\n`);
  return async () => {
    const start = performance.now();
    await pipeline(
      Readable.from([encoded]),
      client.query(copyStreams.from(`copy observability.spans (${columns.join(', ')}) from stdin`)),
    );
    return (BATCHES * BATCH_SPANS) / ((performance.now() - start) / 1_000);
  };
}

async function exportOnce(exporter, spans) {
  const start = performance.now();
  await exportAtOnce(exporter, spans, BATCH_SPANS);
  return spans.length / ((performance.now() - start) / 1_000);
}

export function storeSpans({ quick }) {
  const rounds = quick ? 3 : ROUNDS;
  return withDatabase(async ({ url, client }) => {
    const store = postgresStore(url);
    const spans = makeSpans(BATCHES * BATCH_SPANS);
    const exporter = new PostgreSQLSpanExporter(store);
    await exportOnce(exporter, spans);
    const copy = await copyOnce(client);
    await copy();
    const [ours, peer] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      await client.query('truncate observability.spans, observability.ingest_batches');
      ours.push(await exportOnce(exporter, spans));
      const stored = await selectNumber(client, 'select count(*) from observability.spans');
      if (stored !== spans.length) {
        throw new Error(`${spans.length} spans were exported, ${stored} are stored.`);
      }
      await client.query('truncate observability.spans, observability.ingest_batches');
      peer.push(await copy());
    }
    await store.close();
    return {
      rows: [
        {
          what: 'spans stored, exactly once',
          ours: median(ours),
          peer: median(peer),
          peerName: 'COPY, encoded before',
          unit: '/s',
          ratioAtLeast: 0.8,
        },
      ],
    };
  });
}
