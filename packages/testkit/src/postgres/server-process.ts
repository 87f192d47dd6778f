import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { ServerFolder } from './server-folder.ts';
import type { ServerIdentity } from './server-identity.ts';

/** How a running program is to end: `fast` closes connections and flushes, `immediate` does neither. */
export type StopMode = 'fast' | 'immediate' | 'kill';

const stopSignals = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;
const retryIntervalMs = 20;

/** Our environment without libpq's variables, which would reach the server as settings. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') && !name.startsWith('LC_'),
  );
  return { ...Object.fromEntries(entries), LC_ALL: 'C' };
}

/**
 * Starts one of PostgreSQL's programs, its output appended to the folder's log.
 *
 * It is in a process group of its own: a Ctrl-C in the terminal must not stop the database before the
 * application that is still flushing into it. It does not keep this process alive.
 */
export function spawnServerProgram(
  program: string,
  args: readonly string[],
  folder: ServerFolder,
  identity: ServerIdentity | undefined,
): ChildProcess {
  const log = openSync(folder.logFile, 'a', 0o600);
  try {
    const child = spawn(program, args, {
      cwd: folder.path,
      env: cleanEnvironment(),
      stdio: ['ignore', log, log],
      detached: true,
      windowsHide: true,
      ...identity,
    });
    child.unref();
    // A program that cannot be started has no log of its own to say why.
    child.on('error', (error) => appendFileSync(folder.logFile, `${error.message}\n`));
    return child;
  } finally {
    closeSync(log);
  }
}

/** Whether a program has ended, or could not be started. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/**
 * Ends a program and resolves when it has gone; one that does not go in time is killed.
 *
 * @param limitMs How long it may take to go by itself.
 */
export async function endProgram(child: ChildProcess, mode: StopMode, limitMs = 20_000): Promise<void> {
  if (hasEnded(child)) {
    return;
  }
  const exited = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  child.ref();
  child.kill(stopSignals[mode]);
  await exited;
  clearTimeout(timer);
}

/** A TCP port of 127.0.0.1 that nobody listens on now. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') {
    throw new Error('the operating system gave no port');
  }
  return address.port;
}

async function tryConnect(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Resolves with true once a server answers a query, with false when its program ended first.
 *
 * @param limitMs How long that may take; recovery after a kill needs longer than a first start.
 * @throws {Error} when the time is up.
 */
export async function waitUntilReady(child: ChildProcess, url: string, limitMs = 60_000): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  // Whoever else has the port may accept a connection and never answer.
  const ended = once(child, 'exit').then(
    () => false,
    () => false,
  );
  while (!hasEnded(child)) {
    if (await Promise.race([tryConnect(url), ended])) {
      return true;
    }
    if (performance.now() > deadline) {
      throw new Error(`PostgreSQL did not answer within ${limitMs / 1000} s`);
    }
    await delay(retryIntervalMs);
  }
  return false;
}
