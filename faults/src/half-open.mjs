import { startFaultProxy } from '../../packages/testkit/dist/index.js';
import { hasNothingWaiting } from './database-away.mjs';
import { describeFailures, startLoad } from './load.mjs';
import { droppedRows, everythingOnce, outcome } from './outcome.mjs';
import { spoolFolder, startApp } from './start-app.mjs';
import { compare, pause, readStored, until } from './stored-rows.mjs';
import { withServer } from './with-server.mjs';

const SERVICE = 'f3';

/** F3: connections stay open and their bytes vanish, in the middle of whatever they did; new ones pass. */
export async function halfOpen({ isShort, patience }) {
  // What a statement may take, and two seconds more for the answer: then the client gives the connection up.
  const statementTimeoutMs = isShort ? 1_000 : 10_000;
  const times = isShort ? 1 : 2;
  return withServer(async ({ server, folder, own }) => {
    const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: server.port } });
    const settings = { store: { statementTimeoutMs }, ingest: { spool: { directory: spoolFolder(folder) } } };
    const app = own(
      await startApp({ url: proxy.url(server.url), serviceName: SERVICE, windowMs: 1_000, ...settings }),
    );
    const load = startLoad(app.base, { prefix: SERVICE });
    await pause(2_000);
    const recoveredMs = [];
    for (let round = 0; round < times; round += 1) {
      recoveredMs.push(await strandOnce(app, proxy));
    }
    await load.stop();
    const isDrained = await until(() => hasNothingWaiting(app), 60_000);
    const { spans, metrics } = await app.ask('stats');
    await app.kill('SIGTERM');
    await proxy.close();
    const found = compare(load, await readStored(server.url, SERVICE));
    const dropped = droppedRows(spans) + droppedRows(metrics);
    const [limitMs, slowestMs] = [statementTimeoutMs + 2_000, Math.max(...recoveredMs)];
    return [
      outcome(
        'half-open connections',
        'given up after the timeout, retried, 0 lost',
        { ...found, lost: found.lost.length, dropped },
        {
          ...everythingOnce(load, found, dropped),
          'everything is stored while the application runs on': isDrained === true,
          // A transaction that is left behind keeps its batch locked until PostgreSQL ends it, after the same time.
          'stored again after the timeout, at most twice over':
            isShort || slowestMs <= 2 * limitMs + 3_000 * patience,
          'an attempt was given up and repeated': app.lines.some(({ line }) =>
            line.includes('Storing telemetry again'),
          ),
        },
        [
          `the client gives a connection up after ${limitMs / 1_000} s; batches were stored again ${recoveredMs.map((ms) => (ms / 1_000).toFixed(1)).join(' and ')} s after the bytes began to vanish`,
          `dropped ${JSON.stringify([spans.dropped, metrics.dropped])}, last error ${spans.lastError}`,
          ...describeFailures(load),
        ],
      ),
    ];
  });
}

/** Milliseconds from the fault until batches are stored again. */
async function strandOnce(app, proxy) {
  proxy.strand();
  const before = (await app.ask('stats')).spans;
  const startedAt = performance.now();
  await until(
    async () => {
      const { spans } = await app.ask('stats');
      return spans.stored > before.stored && spans.spooled === 0;
    },
    90_000,
    50,
  );
  return performance.now() - startedAt;
}
