import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Starts an application as a process of its own and resolves when it listens.
 *
 * @param {object} settings `url` of the database and `serviceName`; the rest is optional: `store`, `ingest`, `spans`, `windowMs`
 *   (a metrics window), `timeoutMs`, `shutdown`, `slowMs` (how long `/slow/:id` takes), `platform` (of NestJS).
 * @param {{ file?: string, clock?: { startAt: string, timeZone: string, library?: string }, limitKiB?: number }} [how] which application, what
 *   its clock says, and the largest file it may write.
 */
export async function startApp(settings, how = {}) {
  const file = fileURLToPath(new URL(`app/${how.file ?? 'express'}-app.mjs`, import.meta.url));
  const child = fork(file, [], { ...launch(how), env: environment(settings, how), stdio: 'inherit' });
  const lines = [];
  const waiting = new Map();
  let lastId = 0;
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal, atMs: performance.now() }));
  child.on('message', (message) => {
    if (message.type === 'line') {
      lines.push(message);
    } else if (message.type === 'answer') {
      waiting.get(message.id)?.(message.answer);
    }
  });
  const ask = (name, value) =>
    new Promise((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, resolve);
      void ended.then(() => reject(new Error(`the application ended before it answered ${name}`)));
      child.send({ id: lastId, ask: name, value }, (error) => error && reject(error));
    });
  const port = await listening(child, ended);
  return {
    base: `http://127.0.0.1:${port}`,
    port,
    child,
    lines,
    ended,
    ask,
    kill: (signal) => end(child, ended, signal),
  };
}

/** A shell sets the limit on the size of files; it is replaced by the application and leaves no process behind. */
function launch({ limitKiB }) {
  return limitKiB === undefined
    ? {}
    : { execPath: '/bin/bash', execArgv: ['-c', `ulimit -f ${limitKiB}; exec "$0" "$@"`, process.execPath] };
}

function environment(settings, { clock }) {
  const defaults = {
    windowMs: 10_000,
    timeoutMs: 2_000,
    slowMs: 300,
    spans: {},
    shutdown: {},
  };
  return {
    ...process.env,
    NODE_OPTIONS: '',
    NODE_ENV: 'development',
    ...(clock && shiftClock(clock)),
    FAULT_APP: JSON.stringify({ ...defaults, ...settings }),
  };
}

/** By faketime where it is given, else by a clock of our own. */
function shiftClock({ startAt, timeZone, library }) {
  if (library === undefined) {
    const preload = new URL('app/shifted-clock.mjs', import.meta.url).href;
    return { TZ: timeZone, FAULT_CLOCK: startAt, NODE_OPTIONS: `--import=${preload}` };
  }
  // Timers go by the monotonic clock, which no change of the date touches.
  const monotonic = { DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  return {
    TZ: 'UTC',
    LD_PRELOAD: library,
    FAKETIME: `@${startAt.slice(0, 19).replace('T', ' ')}`,
    ...monotonic,
  };
}

async function listening(child, ended) {
  const first = new Promise((resolve) => {
    child.on('message', ({ type, port }) => type === 'listening' && resolve(port));
  });
  const port = await Promise.race([first, ended.then(() => undefined)]);
  if (port === undefined) {
    throw new Error('the application ended before it listened');
  }
  return port;
}

async function end(child, ended, signal) {
  child.kill(signal);
  return ended;
}

/** A shutdown that leaves nothing on disk for the next process, also where the machine has much else to do. */
export const PATIENT = { flushTimeoutMs: 30_000 };

/** A folder for the spool below the folder of a fault, emptied. */
export function spoolFolder(parent, name = 'spool') {
  const folder = join(parent, name);
  rmSync(folder, { recursive: true, force: true });
  return folder;
}
