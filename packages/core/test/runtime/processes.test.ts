import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a script against the built package in a process of its own; fails when that does not end by itself. */
async function runScript(databaseUrl: string, script: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--input-type=module', '-e', `import * as core from '@pg-observability/core';${script}`],
    {
      cwd: packageFolder,
      env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: databaseUrl, PG_OBSERVABILITY_SPOOL: 'off' },
      timeout: 20_000,
    },
  );
  return stdout.trim();
}

async function storedNames(databaseUrl: string): Promise<string[]> {
  const store = postgresStore(databaseUrl);
  const { rows } = await store.query(
    'select distinct metric_name as name from observability.metrics order by 1',
  );
  await store.close?.();
  return rows.map(({ name }) => String(name));
}

const START = `
const observability = core.createObservability({ serviceName: 'job', runtimeMetrics: { intervalMs: 100 } });
await observability.start();
// A job that takes a few windows.
for (let turn = 0; turn < 40 || observability.stats().metrics.recorded < 60; turn += 1) {
  gc();
  observability.metrics.counter('job.turns');
  await new Promise((resolve) => setTimeout(resolve, 10));
}`;

it('keeps no process alive that never says shutdown, and stores what it measured', async () => {
  const { url } = await testDatabase();

  await runScript(url, START);

  expect(await storedNames(url)).toEqual(
    expect.arrayContaining(['process.cpu.time', 'nodejs.eventloop.delay.p99', 'v8js.gc.duration']),
  );
});

it('leaves nothing behind after shutdown: no timer, no histogram, no observer of the garbage collector', async () => {
  const { url } = await testDatabase();

  const left = await runScript(
    url,
    `${START}
     await observability.shutdown();
     const { createHook } = await import('node:async_hooks');
     const { recorded } = observability.stats().metrics;
     const made = [];
     // While V8 is observed, each collection makes Node.js call back.
     const hook = createHook({ init: (id, type) => made.push(type) }).enable();
     const started = performance.now();
     while (performance.now() - started < 100) { gc(); await null; }
     await new Promise((resolve) => process.nextTick(resolve));
     hook.disable();
     console.log(JSON.stringify({
       timers: process.getActiveResourcesInfo().filter((type) => type === 'Timeout' || type === 'Immediate'),
       immediates: made.filter((type) => type === 'Immediate').length,
       recordedLater: observability.stats().metrics.recorded - recorded,
     }));`,
  );

  expect(JSON.parse(left)).toEqual({ timers: [], immediates: 0, recordedLater: 0 });
});
