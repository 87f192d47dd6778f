// Stops the PostgreSQL server of a folder as soon as stdin ends, which it does when the process that
// started this one dies, however it dies. Plain JavaScript, because it is started by its path both from
// src and from dist. Argument: JSON { folder, removeFolder }.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Signals in the order of their force, and how long each may take. */
const escalation = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
];
const pollIntervalMs = 20;

const { folder, removeFolder } = JSON.parse(process.argv[2]);

/** The command line of a live process, or an empty text. */
function commandLine(pid) {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      : execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** Whether the server, or the initdb before it, still runs; not another process with its number. */
function isAlive(pid) {
  return commandLine(pid).includes(folder);
}

async function stopServer() {
  let pid;
  try {
    pid = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')).serverPid;
  } catch {
    return;
  }
  for (const [signal, limitMs] of escalation) {
    const deadline = performance.now() + limitMs;
    if (isAlive(pid)) {
      process.kill(pid, signal);
    }
    while (isAlive(pid) && performance.now() < deadline) {
      await delay(pollIntervalMs);
    }
  }
}

let isEnding = false;

async function end() {
  if (isEnding) {
    return;
  }
  isEnding = true;
  try {
    await stopServer();
  } finally {
    if (removeFolder) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    }
    process.exit();
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, end);
}
process.stdin.on('end', end).on('error', end).resume();
