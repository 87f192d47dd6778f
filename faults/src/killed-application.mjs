import { startLoad } from './load.mjs';
import { outcome } from './outcome.mjs';
import { spoolFolder, startApp } from './start-app.mjs';
import { hasNothingWaiting } from './database-away.mjs';
import { compare, pause, readStored, until, withClient } from './stored-rows.mjs';
import { withServer } from './with-server.mjs';

const SPANS_MS = 1_000;
const NOTHING_STORED = { spans: new Map(), counted: 0 };

/** F4: kill -9 of the application under load, with the database up and away; the next process stores what is on disk. */
export async function killedApplication(options) {
  return withServer(async (parts) => [
    ...(options.isShort ? [] : [await killOnce({ ...options, ...parts, service: 'f4-up', isAway: false })]),
    await killOnce({ ...options, ...parts, service: 'f4-away', isAway: true }),
  ]);
}

async function killOnce({ isShort, patience, server, folder, own, service, isAway }) {
  const windowMs = isShort ? 1_000 : 10_000;
  const ingest = { spool: { directory: spoolFolder(folder, service) } };
  const settings = { url: server.url, serviceName: service, ingest, windowMs };
  const app = own(await startApp(settings));
  const load = startLoad(app.base, { prefix: service });
  await until(async () => (await app.ask('stats')).spans.stored > 0, 30_000);
  await pause(windowMs + 1_500);
  if (isAway) {
    await server.halt('immediate');
    await pause(windowMs + (isShort ? 3_500 : 1_500));
  }
  const killedAtMs = performance.now();
  app.child.kill('SIGKILL');
  await app.ended;
  await load.stop();
  const startedAtMs = performance.now();
  const next = own(await startApp(settings));
  if (isAway) {
    await pause(500);
    await server.start();
  }
  // While the machine stood still, the application could not write either.
  const spansMs = SPANS_MS * Math.min(3, patience) + load.heldUpMs;
  const replayed = await until(async () => {
    const { lost } = compare(load, await readStored(server.url, service).catch(() => NOTHING_STORED));
    return lost.every(({ atMs }) => killedAtMs - atMs <= spansMs) && hasNothingWaiting(next);
  }, 70_000);
  const seenMs = performance.now() - startedAtMs;
  await next.kill('SIGTERM');
  const found = compare(load, await readStored(server.url, service));
  const distinct = await countDistinct(server.url, service);
  const seen = { load, found, distinct, replayed, seenMs, spansMs, killedAtMs, windowMs };
  return judge(`kill -9, database ${isAway ? 'away' : 'up'}`, { ...seen, windowsMs: windowMs * patience });
}

function judge(fault, seen) {
  const { load, found, distinct, replayed, seenMs, spansMs, killedAtMs, windowMs, windowsMs } = seen;
  const oldestMs = Math.max(0, ...found.lost.map(({ atMs }) => killedAtMs - atMs));
  const inLastWindow = [...load.answered.values()].filter((atMs) => atMs > killedAtMs - windowsMs).length;
  return outcome(
    fault,
    'at most 1 s of spans and one window of metrics missing, nothing twice',
    { ...found, lost: found.lost.length },
    {
      [`no span is missing that is older than ${Math.round(spansMs)} ms`]: oldestMs <= spansMs,
      // What was in flight at the kill may be stored without its answer having arrived.
      [`the metric misses at most one window (${inLastWindow} requests)`]:
        found.sent - found.counted <= inLastWindow,
      'the next process stores what was left on disk': replayed === true,
      'no span is stored twice': found.duplicated === 0 && distinct.spans,
      'no window of metrics is stored twice':
        distinct.points && found.counted <= found.sent + load.failed.length,
    },
    [
      `the load itself was held up for ${Math.round(load.heldUpMs)} ms at most, which is allowed on top`,
      `the oldest span missing had ended ${Math.round(oldestMs)} ms before; the metric counts ${found.counted} of ${found.sent}, one window is ${windowMs / 1_000} s; the next process had stored what was left ${(seenMs / 1_000).toFixed(1)} s after its start`,
    ],
  );
}

/** Whether no span, and no point of a series at one time, is there twice. */
async function countDistinct(url, service) {
  return withClient(url, async (client) => {
    const spans = await client.query(
      'select count(*) = count(distinct (trace_id, span_id)) as holds from observability.spans where service_name = $1',
      [service],
    );
    const metrics = await client.query(
      `select count(*) = count(distinct (metric_name, labels::text, recorded_at, resource_id)) as holds
       from observability.metrics where service_name = $1`,
      [service],
    );
    return { spans: spans.rows[0].holds, points: metrics.rows[0].holds };
  });
}
