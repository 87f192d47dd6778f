import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

// The packed package in a folder of its own: no OpenTelemetry, no pg, no PGlite anywhere above it.
const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const rootFolder = join(packageFolder, '..', '..');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'without-peers-'));
  await run(
    process.execPath,
    [join(rootFolder, 'scripts', 'pnpm.mjs'), '-C', packageFolder, 'pack', '--out', join(folder, 'core.tgz')],
    {
      cwd: packageFolder,
    },
  );
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--offline', './core.tgz'], { cwd: folder });
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function runFile(name: string, source: string): Promise<{ stdout: string; stderr: string }> {
  await writeFile(join(folder, name), source);
  // pnpm's launchers set NODE_PATH, through which every package of the workspace would be found.
  return run(process.execPath, [name], { cwd: folder, env: { ...process.env, NODE_PATH: '' } });
}

const USE = `
  const lines = [];
  const logger = { info: (line) => lines.push(line), warn: (line) => lines.push(line), error: (line) => lines.push(line) };
  const store = {
    query: async (text) => ({ rows: text.includes('schema_version') ? [{ version: 1, min_compatible: 1 }] : [], rowCount: 1 }),
    script: async () => undefined,
    transaction: async (work) => work(store),
  };
  const observability = core.createObservability({ serviceName: 'bare', store, logger });
  await observability.start();
  const seen = await core.continueTrace({ traceparent: '00-' + '4'.repeat(32) + '-' + '5'.repeat(16) + '-01', 'x-correlation-id': 'order-7' }, 'job', (job) => {
    const child = new core.TracingContext('child');
    const headers = child.run(() => core.propagationHeaders());
    child.end();
    return { traceId: job.traceId, child: child.traceId, correlationId: core.currentCorrelationId(), headers };
  });
  const random = core.generateCorrelationId();
  const tracer = core.getTracer('x');
  tracer.startSpan('nothing').end();
  console.log(JSON.stringify({ seen, random: /^[0-9a-f]{32}$/.test(random), tracing: observability.stats().tracing, lines: lines.length }));
  await observability.shutdown();
`;

const EXPECTED = {
  seen: {
    traceId: '4'.repeat(32),
    child: '4'.repeat(32),
    correlationId: 'order-7',
    headers: {
      traceparent: expect.stringMatching(/^00-4{32}-[0-9a-f]{16}-01$/) as string,
      'x-correlation-id': 'order-7',
    },
  },
  random: true,
  tracing: 'no-opentelemetry',
  lines: 1,
};

it('imports and runs without OpenTelemetry from an ES module: no spans, but ids, and one line', async () => {
  const { stdout } = await runFile('use.mjs', `import * as core from '@pg-observability/core';\n${USE}`);

  expect(JSON.parse(stdout)).toEqual(EXPECTED);
});

it('does the same from a CommonJS file, by require', async () => {
  const { stdout } = await runFile(
    'use.cjs',
    `const core = require('@pg-observability/core');\n(async () => {${USE}})();`,
  );

  expect(JSON.parse(stdout)).toEqual(EXPECTED);
});

it('says which package to install when a driver is missing', async () => {
  const { stdout } = await runFile(
    'drivers.mjs',
    `import { postgresStore } from '@pg-observability/core/node-postgres';
     import { embeddedStore } from '@pg-observability/core/embedded';
     const messages = [];
     await postgresStore('postgres://app:hunter2@127.0.0.1/x').query('select 1').catch((error) => messages.push(error.message));
     try { embeddedStore(); } catch (error) { messages.push(error.message); }
     console.log(JSON.stringify(messages));`,
  );

  const messages = JSON.parse(stdout) as string[];
  expect(messages.map((message) => /^\[DRIVER_MISSING\].*npm install (.+)$/.exec(message)?.[1])).toEqual([
    'pg',
    '@electric-sql/pglite',
  ]);
});

it('compiles strictly for a user without any of the peers, and a wrong call does not', async () => {
  const typescript = dirname(
    createRequire(join(rootFolder, 'package.json')).resolve('typescript/package.json'),
  );
  const nodeTypes = dirname(
    createRequire(join(rootFolder, 'package.json')).resolve('@types/node/package.json'),
  );
  await symlink(dirname(nodeTypes), join(folder, 'node_modules', '@types')).catch(() => undefined);
  await writeFile(
    join(folder, 'consumer.ts'),
    `import { createObservability, MetricsCollector, TracingContext, withTracingContext } from '@pg-observability/core';
     import { postgresStore } from '@pg-observability/core/node-postgres';
     import { embeddedStore } from '@pg-observability/core/embedded';
     const observability = createObservability({ serviceName: 'typed', store: postgresStore('postgres://x/y') });
     observability.metrics.counter('a', 1, { b: 'c' });
     new MetricsCollector(embeddedStore()).histogram('h', 1.5);
     export const four: Promise<number> = withTracingContext('t', async (operation: TracingContext) => operation.traceId.length);
     // @ts-expect-error a service needs a name
     createObservability({});
     // @ts-expect-error a value is a number
     observability.metrics.counter('a', '1');
     // @ts-expect-error a store is not a URL
     new MetricsCollector('postgres://x/y');
     // @ts-expect-error attributes are plain values
     new TracingContext('t', { f: () => 1 });
     // @ts-expect-error no such severity
     void observability.alerts.raise({ alertType: 'a', severity: 'fatal', title: 't', message: 'm' });
     // @ts-expect-error a phase is text
     void observability.workflows.transition('id', 7, 'running');`,
  );
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        module: 'nodenext',
        target: 'es2023',
        lib: ['es2023', 'esnext.disposable'],
        types: ['node'],
        exactOptionalPropertyTypes: true,
      },
      files: ['consumer.ts'],
    }),
  );

  const result = await run(process.execPath, [join(typescript, 'bin', 'tsc'), '-p', folder]).catch(
    (error: { stdout: string }) => error,
  );

  expect(result.stdout).toBe('');
});
