import { describeFailures, send, startLoad } from './load.mjs';
import { everythingOnce, outcome } from './outcome.mjs';
import { startApp } from './start-app.mjs';
import { compare, pause, readStored, until } from './stored-rows.mjs';
import { withServer } from './with-server.mjs';

const EXIT_MS = 5_000;
const SLOW_MS = 800;

/**
 * F5: SIGTERM under load, for Express, NestJS on both platforms and plain Node; in the second half of its time nothing more is
 * sent. The signal comes twice, as some process managers have it.
 */
export async function terminatedApplication({ isShort, patience }) {
  return withServer(async (parts) => [
    await terminateOnce({ ...parts, isShort, patience, file: 'express', title: 'Express' }),
    await terminateOnce({ ...parts, isShort, patience, file: 'nest', title: 'NestJS' }),
    await terminateOnce({
      ...parts,
      isShort,
      patience,
      file: 'nest',
      platform: 'fastify',
      title: 'NestJS on Fastify',
    }),
    await terminateOnce({ ...parts, isShort, patience, file: 'node', title: 'plain Node' }),
  ]);
}

async function terminateOnce({ server, own, isShort, patience, file, platform = 'express', title }) {
  const service = `f5-${file}-${platform}`;
  const drainDelayMs = isShort ? 3_000 : 1_500;
  const settings = {
    url: server.url,
    serviceName: service,
    ingest: { spool: false },
    slowMs: SLOW_MS,
    // As with a load balancer in front: the port stays open until it has noticed that readiness refuses.
    shutdown: { drainDelayMs },
    platform,
  };
  const app = own(await startApp(settings, { file }));
  const quick = startLoad(app.base, { prefix: service });
  const slow = startLoad(app.base, {
    prefix: service,
    firstNumber: 1_000_000,
    path: '/slow/',
    ratePerSecond: 20,
  });
  await pause(isShort ? 1_500 : 5_000);
  const isReady = await until(async () => (await send(`${app.base}/readyz`)).status === 200, 10_000);
  const startedAtMs = performance.now();
  app.child.kill('SIGTERM');
  const { refusedMs, live } = await watchProbes(app, startedAtMs, drainDelayMs);
  app.child.kill('SIGTERM');
  // What came in before the load balancer noticed is in flight now; the slow ones end after the delay began.
  await Promise.all([quick.stop(), slow.stop()]);
  const { code, signal, atMs } = await app.ended;
  const load = {
    answered: new Map([...quick.answered, ...slow.answered]),
    failed: [...quick.failed, ...slow.failed],
  };
  const found = compare(load, await readStored(server.url, service));
  const tookMs = atMs - startedAtMs;
  const seen = { load, found, refusedMs, live, tookMs, signal, code, isReady, drainDelayMs, patience };
  return judge(`SIGTERM under load, ${title}`, { ...seen, heldUpMs: quick.heldUpMs });
}

function judge(fault, seen) {
  const { load, found, refusedMs, live, tookMs, signal, code, isReady, drainDelayMs, patience, heldUpMs } =
    seen;
  return outcome(
    fault,
    'readiness refuses, requests in flight finish, all stored, exit ≤ 5 s',
    { ...found, lost: found.lost.length },
    {
      'ready before': isReady === true,
      'readiness refuses at once': refusedMs <= 300 * patience + heldUpMs,
      'liveness stays': live.length > 0 && live.every((status) => status === 200),
      ...everythingOnce(load, found),
      [`it ends within ${EXIT_MS} ms`]: tookMs <= EXIT_MS * patience + heldUpMs,
      'it ends by the signal': signal === 'SIGTERM' || code === 0,
    },
    [
      `readiness refused after ${Math.round(refusedMs)} ms; ended after ${Math.round(tookMs)} ms, of which ${drainDelayMs} ms are the configured delay for load balancers; the load was held up for ${Math.round(heldUpMs)} ms at most`,
      ...describeFailures(load),
    ],
  );
}

/** Probes until readiness has refused; liveness beside it, and a little longer. */
async function watchProbes({ base }, startedAtMs, drainDelayMs) {
  let refusedMs = Infinity;
  while (refusedMs === Infinity && performance.now() - startedAtMs < drainDelayMs) {
    const { status } = await send(`${base}/readyz`);
    refusedMs = status === 503 ? performance.now() - startedAtMs : refusedMs;
  }
  const live = [];
  for (let probe = 0; probe < 3; probe += 1) {
    live.push((await send(`${base}/livez`)).status);
    await pause(50);
  }
  return { refusedMs, live };
}
