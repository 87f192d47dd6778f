// S10: how often ensureObservabilityTables waits for the server when the schema is up to date.
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { ensureObservabilityTables } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { withDatabase } from './database.mjs';

const READY_FOR_QUERY = 'Z'.charCodeAt(0);

/** Counts how often the server says that it is ready for the next query, on a connection without TLS. */
function countReady() {
  let count = 0;
  let rest = Buffer.alloc(0);
  return {
    take: (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
        count += rest[0] === READY_FOR_QUERY ? 1 : 0;
        rest = rest.subarray(1 + rest.readInt32BE(1));
      }
    },
    get count() {
      return count;
    },
  };
}

async function startCountingProxy(target) {
  const counters = [];
  const server = createServer((socket) => {
    const counter = countReady();
    counters.push(counter);
    const upstream = connect(Number(target.port), target.hostname);
    upstream.on('data', (chunk) => counter.take(chunk));
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    count: () => counters.reduce((sum, counter) => sum + counter.count, 0),
    connections: () => counters.length,
    close: () => server.close(),
  };
}

export function ensureCost() {
  return withDatabase(async ({ url }) => {
    const installing = postgresStore(url);
    await ensureObservabilityTables(installing);
    await installing.close();
    const proxy = await startCountingProxy(new URL(url));
    const throughProxy = new URL(url);
    throughProxy.port = String(proxy.port);
    const store = postgresStore(throughProxy.href);
    await store.query('select 1');
    const before = proxy.count();
    const { outcome } = await ensureObservabilityTables(store);
    const roundTrips = proxy.count() - before;
    const connections = proxy.connections();
    await store.close();
    proxy.close();
    return {
      rows: [
        {
          what: `round trips of ensureObservabilityTables, ${outcome}`,
          ours: roundTrips,
          unit: '',
          valueAtMost: 1,
        },
      ],
      details: [`S10: over ${connections} connection(s).`],
    };
  });
}
