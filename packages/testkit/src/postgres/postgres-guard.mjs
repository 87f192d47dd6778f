// Stops the PostgreSQL server of a folder as soon as stdin ends, which it does when the process that
// started this one dies, however it dies. Plain JavaScript, because it is started by its path both from
// src and from dist. Argument: JSON { folder, ownerPid, task }; task is one of
// 'keep': stop the server, 'remove': and remove the folder, 'probe': only exit with 3 if it runs.
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

const runningExitCode = 3;

const { folder, ownerPid, task } = JSON.parse(process.argv[2]);

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

/** The number of the server that our owner started last, if it did. */
function findServer() {
  try {
    const state = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    return state.ownerPid === ownerPid ? state.serverPid : undefined;
  } catch {
    return undefined;
  }
}

async function stopServer(pid) {
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

async function endServer() {
  if (isEnding) {
    return;
  }
  isEnding = true;
  const pid = findServer();
  try {
    if (pid !== undefined && task === 'probe') {
      process.exitCode = isAlive(pid) ? runningExitCode : 0;
    } else if (pid !== undefined) {
      await stopServer(pid);
    }
  } finally {
    if (task === 'remove') {
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    }
    process.exit();
  }
}

function end() {
  endServer().catch(() => process.exit(1));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, end);
}
process.stdin.on('end', end).on('error', end).resume();
