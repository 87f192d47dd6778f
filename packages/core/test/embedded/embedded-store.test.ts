import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createObservability } from '@pg-observability/core';
import { embeddedStore } from '@pg-observability/core/embedded';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
let made: string;
let folder: string;
// A database takes seconds to make and less than one to copy.
beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'embedded-made-'));
  const store = embeddedStore({ dataDir: made });
  await store.query('select 1');
  await store.close?.();
});
afterAll(() => rm(made, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function copyDatabase(target: string = folder): Promise<void> {
  return cp(made, target, { recursive: true });
}

function runScript(script: string): Promise<{ stdout: string }> {
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: packageFolder,
    env: { ...process.env, DATA_DIR: folder },
  });
}

const OPEN = `
  import { embeddedStore } from '@pg-observability/core/embedded';
  const store = embeddedStore({ dataDir: process.env.DATA_DIR });`;

it('keeps rows in its folder until the next time', async () => {
  const first = embeddedStore({ dataDir: folder });
  await first.script('create table kept (id integer); insert into kept values (7);');
  await first.close?.();

  const second = embeddedStore({ dataDir: folder });
  const { rows } = await second.query('select id from kept');
  await second.close?.();

  expect(rows).toEqual([{ id: 7 }]);
});

it('is refused to a second store of the process and to another process, and free again after close', async () => {
  await copyDatabase();
  const first = embeddedStore({ dataDir: folder });
  await first.query('select 1');
  const second = embeddedStore({ dataDir: folder });

  await expect(second.query('select 1')).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  const other = await runScript(
    `${OPEN} await store.query('select 1').catch((error) => console.log(error.code)); process.exit(0);`,
  );
  await first.close?.();
  const after = await runScript(
    `${OPEN} await store.query('select 1'); await store.close(); console.log('open');`,
  );

  expect([other.stdout.trim(), after.stdout.trim()]).toEqual(['STORE_LOCKED', 'open']);
});

it('opens again after the process that had it was killed', async () => {
  await copyDatabase();
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `${OPEN} await store.script('create table t (id integer)'); console.log('ready'); setInterval(() => store.query('select 1'), 50);`,
    ],
    { cwd: packageFolder, env: { ...process.env, DATA_DIR: folder }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');

  const store = embeddedStore({ dataDir: folder });
  const { rows } = await store.query("select to_regclass('t') is not null as there");
  await store.close?.();

  expect(rows).toEqual([{ there: true }]);
});

it('is not fooled by its own process ID in the lock of a container that was restarted', async () => {
  await copyDatabase();
  const lock = join(folder, 'pg-observability.lock');
  const { hostname } = await import('node:os');
  await writeFile(lock, JSON.stringify({ pid: process.pid, host: hostname(), startedAt: '1' }));

  const store = embeddedStore({ dataDir: folder });
  await store.query('select 1');
  const holder = JSON.parse(await readFile(lock, 'utf8')) as { pid: number; startedAt: string };
  await store.close?.();

  expect(holder.pid).toBe(process.pid);
  expect(holder.startedAt).not.toBe('1');
});

it('does not hold the event loop while a query runs', async () => {
  await copyDatabase();
  const store = embeddedStore({ dataDir: folder });
  await store.query('select 1');
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 1);

  await store.query(
    "select count(*) from generate_series(1, 2000000) where md5(generate_series::text) like 'ff%'",
  );
  clearInterval(timer);
  await store.close?.();

  expect(ticks).toBeGreaterThan(20);
});

it('does not keep the process alive', async () => {
  await copyDatabase();
  const { stdout } = await runScript(`${OPEN} await store.query('select 1'); console.log('done');`);

  expect(stdout.trim()).toBe('done');
});

it('rejects what comes after close', async () => {
  const store = embeddedStore({ dataDir: folder });
  await store.close?.();
  await store.close?.();

  await expect(store.query('select 1')).rejects.toMatchObject({ code: 'STORE_CLOSED' });
});

it.each([
  ['an empty path', ''],
  ['a NUL', 'a\0b'],
  ['a number', 7],
  ['null', null],
])('refuses %s as the folder', (_case, dataDir) => {
  expect(() => embeddedStore({ dataDir: dataDir as never })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
  );
});

it('is the default store in development; a second process goes on without telemetry, with one line', async () => {
  const script = `
    import { createObservability, withTracingContext } from '@pg-observability/core';
    const lines = [];
    const note = (line) => lines.push(line);
    process.chdir(process.env.DATA_DIR);
    const observability = createObservability({ serviceName: 'second', logger: { info: note, warn: note, error: note } });
    await observability.start();
    await withTracingContext('unheard', () => undefined);
    observability.metrics.counter('unheard');
    await observability.flush().catch(() => undefined);
    console.log(JSON.stringify({ off: observability.stats().telemetryOff, lines: lines.filter((line) => line.includes('off')).length }));
    await observability.shutdown();`;
  const environment = { ...process.env, DATA_DIR: folder, NODE_ENV: 'development' };
  delete (environment as Record<string, string | undefined>)['DATABASE_URL'];
  const before = process.cwd;
  await copyDatabase(join(folder, '.observability'));
  const holder = createObservability({
    serviceName: 'first',
    store: embeddedStore({ dataDir: join(folder, '.observability') }),
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  await holder.workflows.listWorkflows();

  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: packageFolder,
    env: environment,
  });
  await holder.shutdown();

  expect(process.cwd).toBe(before);
  expect(JSON.parse(stdout)).toEqual({ off: true, lines: 1 });
});
