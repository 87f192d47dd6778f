import { randomUUID } from 'node:crypto';
import { describeFailures, startLoad } from './load.mjs';
import { describeMemory, growthMiB, watchApp } from './memory.mjs';
import { droppedRows, everythingOnce, outcome } from './outcome.mjs';
import { PATIENT, spoolFolder, startApp } from './start-app.mjs';
import { compare, pause, readStored, until } from './stored-rows.mjs';
import { withServer } from './with-server.mjs';

const SERVICE = 'f1';
const TIMEOUT_MS = 2_000;
// Memory is bounded by what waits in it (64 MiB by default); the rest is what a heap under load takes between collections.
const GROWTH_AT_MOST_MIB = 128;

/** F1: PostgreSQL is stopped under load on routes that need no database. */
export async function databaseAway({ outageS, isShort, patience, tell }) {
  return withServer(async ({ server, folder, own }) => {
    const ingest = { spool: { directory: spoolFolder(folder) } };
    const app = own(
      await startApp({
        url: server.url,
        serviceName: SERVICE,
        ingest,
        timeoutMs: TIMEOUT_MS,
        shutdown: PATIENT,
      }),
    );
    const load = startLoad(app.base, { prefix: SERVICE });
    await pause(isShort ? 1_500 : 5_000);
    const watch = watchApp(app);
    const workflowId = randomUUID();
    const created = await app.ask('createWorkflow', { workflowId, workflowType: 'order', phase: 'placed' });

    tell(`stopping PostgreSQL for ${outageS} s`);
    await server.halt('fast');
    const endsAt = performance.now() + outageS * 1_000;
    const refusals = [];
    while (performance.now() < endsAt) {
      refusals.push(await app.ask('transition', { workflowId, phase: 'paid', status: 'running' }));
      await pause(Math.min(isShort ? 500 : 5_000, Math.max(0, endsAt - performance.now())));
    }
    await server.start();

    tell('PostgreSQL is back');
    await pause(isShort ? 500 : 5_000);
    await load.stop();
    const isDrained = await until(() => hasNothingWaiting(app), 120_000);
    const samples = await watch.stop();
    const { spans, metrics } = await app.ask('stats');
    const { code, signal } = await app.kill('SIGTERM');
    const found = compare(load, await readStored(server.url, SERVICE));
    const dropped = droppedRows(spans) + droppedRows(metrics);
    return [
      outcome(
        `PostgreSQL stopped ${outageS} s`,
        'no failed request, memory bounded, all stored once',
        { ...found, lost: found.lost.length, dropped },
        {
          ...everythingOnce(load, found, dropped),
          'everything is stored while the application runs on': isDrained === true,
          [`memory grows by at most ${GROWTH_AT_MOST_MIB} MiB`]: growthMiB(samples) <= GROWTH_AT_MOST_MIB,
          'the workflow was created before': isShort || created.code === 'ok',
          [`the application ends by SIGTERM (${code ?? signal})`]: signal === 'SIGTERM',
        },
        [describeMemory(samples), describeLines(app.lines), ...describeFailures(load)],
      ),
      refusedTransitions(refusals, patience),
    ];
  });
}

function refusedTransitions(refusals, patience) {
  const slowest = Math.max(...refusals.map(({ ms }) => ms));
  const stored = refusals.filter(({ code }) => code === 'ok').length;
  return outcome(
    'transitions awaited meanwhile',
    'STORE_UNAVAILABLE within timeoutMs',
    { sent: refusals.length, stored, lost: 0, duplicated: 0 },
    {
      'every one rejects with STORE_UNAVAILABLE': refusals.every(({ code }) => code === 'STORE_UNAVAILABLE'),
      // A timer fires when the loop gets to it; the rest of the machine is busy, too.
      'every one rejects within timeoutMs': slowest <= TIMEOUT_MS + 250 * patience,
    },
    [`the slowest was refused after ${Math.round(slowest)} ms; timeoutMs is ${TIMEOUT_MS}`],
  );
}

/** True when nothing waits in memory or on disk. */
export async function hasNothingWaiting(app) {
  const { spans, metrics } = await app.ask('stats');
  return [spans, metrics].every(({ queued, spooled }) => queued + spooled === 0);
}

/** How many warnings there were, and the first. */
export function describeLines(lines) {
  const warnings = lines.filter(({ level }) => level !== 'info');
  return `${warnings.length} warnings, ${lines.length - warnings.length} other lines${warnings.length > 0 ? `: ${warnings[0].line}` : ''}`;
}
