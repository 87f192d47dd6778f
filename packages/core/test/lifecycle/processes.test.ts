import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

interface Started {
  child: ReturnType<typeof spawn>;
  stdout: Promise<string>;
  /** Resolves with the first line it prints. */
  firstLine: Promise<string>;
  ended: Promise<[number | null, string | null]>;
}

/** Runs a script against the built package in a process of its own. */
function runScript(databaseUrl: string, script: string): Started {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: packageFolder,
    env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  const firstLine = once(child.stdout as NodeJS.ReadableStream, 'data').then(([chunk]) =>
    String(chunk).trim(),
  );
  return { child, firstLine, stdout: text(child.stdout as NodeJS.ReadableStream), ended };
}

async function stored(databaseUrl: string): Promise<Record<string, unknown> | undefined> {
  const store = postgresStore(databaseUrl);
  const { rows } = await store.query(
    `select (select array_agg(operation_name order by operation_name) from observability.spans) as spans,
       (select array_agg(distinct metric_name order by metric_name) from observability.metrics) as metrics`,
  );
  await store.close?.();
  return rows[0];
}

const HEAD = `import * as core from '@pg-observability/core';`;

it('stores what a short script recorded, though it never says shutdown', async () => {
  const database = await testDatabase();

  const { ended } = runScript(
    database.url,
    `${HEAD}
     core.createObservability({ serviceName: 'script' });
     await core.withTracingContext('short script', () => undefined);
     core.counter('script.runs');
     core.gauge('script.size', 3);
     core.histogram('script.seconds', 0.5);`,
  );

  expect(await ended).toEqual([0, null]);
  expect(await stored(database.url)).toEqual({
    spans: ['short script'],
    metrics: ['script.runs', 'script.seconds', 'script.size'],
  });
});

it('composes a default instance for the module functions when nobody has', async () => {
  const database = await testDatabase();

  const { ended, stdout } = runScript(
    database.url,
    `${HEAD}
     core.counter('alone');
     // A busy machine takes longer to connect than a probe waits.
     while ((await core.readiness()).status === 'down' && performance.now() < 15_000);
     const answers = [await core.liveness(), await core.readiness(), await core.startup()];
     console.log(JSON.stringify(answers.map((answer) => answer.status)));
     console.log(core.getDefaultInstance().serviceName);`,
  );

  expect(await ended).toEqual([0, null]);
  expect((await stdout).trim().split('\n')).toEqual(['["up","up","up"]', 'unknown_service']);
  expect(await stored(database.url)).toEqual({ spans: null, metrics: ['alone'] });
});

it('shuts down at SIGTERM: readiness refuses, the request in flight is answered, all is stored, the signal is raised again', async () => {
  const database = await testDatabase();
  const server = runScript(
    database.url,
    `${HEAD}
     import { createServer } from 'node:http';
     const observability = core.createObservability({ serviceName: 'server', shutdown: { drainDelayMs: 200 } });
     let release;
     const held = new Promise((resolve) => (release = resolve));
     const server = createServer((request, response) => {
       const source = { originalUrl: request.url, route: () => request.url };
       observability.http.handle(request, response, source, async () => {
         if (request.url === '/slow') {
           process.stdout.write('in flight\\n');
           await held;
         }
         if (request.url === '/ready') {
           const { statusCode } = core.healthStatusToHttp(await observability.health.readiness());
           const { healthy } = await observability.health.liveness();
           response.end(JSON.stringify({ statusCode, alive: healthy }));
           release();
           return;
         }
         response.end('done');
       });
     });
     observability.handleSignals();
     server.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\\n'));`,
  );
  const base = `http://127.0.0.1:${await server.firstLine}`;
  const inFlight = once(server.child.stdout as NodeJS.ReadableStream, 'data');
  const slow = fetch(`${base}/slow`);
  await inFlight;

  server.child.kill('SIGTERM');
  // The probe that finds readiness refused lets the slow request finish, so nothing here depends on time.
  let probe = { statusCode: 200, alive: false };
  while (probe.statusCode === 200) {
    probe = (await (await fetch(`${base}/ready`)).json()) as typeof probe;
  }
  const answer = await slow;

  expect(probe).toEqual({ statusCode: 503, alive: true });
  expect([answer.status, await answer.text()]).toEqual([200, 'done']);
  expect(await server.ended).toEqual([null, 'SIGTERM']);
  const { spans } = (await stored(database.url)) as { spans: string[] };
  expect(spans).toContain('GET /slow');
});

it('waits at SIGTERM for what gives its last, before the last flush, and not for ever', async () => {
  const database = await testDatabase();
  const { child, firstLine, stdout, ended } = runScript(
    database.url,
    `${HEAD}
     import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
     const observability = core.createObservability({ serviceName: 'last', shutdown: { flushTimeoutMs: 2_000 } });
     const reader = new PeriodicExportingMetricReader({ exporter: observability.metricExporter });
     const provider = new MeterProvider({ readers: [reader] });
     provider.getMeter('library').createCounter('last.counter').add(3);
     const afterDrain = async () => {
       await provider.shutdown();
       process.stdout.write('provider ended\\n');
       await new Promise(() => undefined);
     };
     observability.handleSignals({ afterDrain });
     setInterval(() => undefined, 1_000);
     process.stdout.write('ready\\n');`,
  );
  expect(await firstLine).toBe('ready');
  child.kill('SIGTERM');

  expect(await ended).toEqual([null, 'SIGTERM']);
  expect(await stdout).toContain('provider ended');
  expect((await stored(database.url))?.['metrics']).toContain('last.counter');
});
