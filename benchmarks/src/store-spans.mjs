// S2: spans per second from the exporter into a real PostgreSQL, against one COPY stream of the same rows that were encoded
// before the clock started: the fastest a client can be.
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { PostgreSQLSpanExporter } from '../../packages/core/dist/index.js';
import { postgresStore } from '../../packages/core/dist/node-postgres/index.js';
import { createDatabase, startPostgres } from '../../packages/testkit/dist/postgres/index.js';
import { median } from './median.mjs';

const BATCHES = 20;
const BATCH_SPANS = 1_000;
const ROUNDS = 5;

function makeSpans() {
  const spans = [];
  const collect = {
    onStart() {},
    onEnd: (span) => spans.push(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'bench' }),
    spanProcessors: [collect],
  });
  const tracer = provider.getTracer('bench');
  for (let i = 0; i < BATCHES * BATCH_SPANS; i += 1) {
    const attributes = {
      'http.request.method': 'GET',
      'http.route': '/orders/:id',
      'url.path': `/orders/${i}`,
      'url.scheme': 'http',
      'http.response.status_code': 200,
      'server.address': 'shop.example.com',
      'network.protocol.version': '1.1',
      'user_agent.original': 'curl/8.7.1',
    };
    tracer.startSpan('GET /orders/:id', { kind: 1, attributes }).end();
  }
  return spans;
}

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
  for (let i = 0; i < BATCHES; i += 1) {
    await new Promise((resolve, reject) => {
      exporter.export(spans.slice(i * BATCH_SPANS, (i + 1) * BATCH_SPANS), ({ code, error }) =>
        code === 0 ? resolve() : reject(error),
      );
    });
  }
  return (BATCHES * BATCH_SPANS) / ((performance.now() - start) / 1_000);
}

export async function storeSpans() {
  const server = await startPostgres({ major: 18 });
  const database = await createDatabase(server.url);
  const store = postgresStore(database.url);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const spans = makeSpans();
    const exporter = new PostgreSQLSpanExporter(store);
    await exportOnce(exporter, spans);
    const copy = await copyOnce(client);
    await copy();
    const [ours, peer] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      await client.query('truncate observability.spans, observability.ingest_batches');
      ours.push(await exportOnce(exporter, spans));
      await client.query('truncate observability.spans, observability.ingest_batches');
      peer.push(await copy());
    }
    return [
      {
        what: 'spans stored, exactly once',
        ours: median(ours),
        peer: median(peer),
        peerName: 'COPY, encoded before',
        unit: '/s',
        target: 0.8,
        atLeast: true,
      },
    ];
  } finally {
    await client.end();
    await store.close();
    await server.stop();
  }
}
