import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { rootFolder } from './root.mjs';

/** How often a step that takes long says that it is still at work. */
const heartbeatIntervalMs = 10_000;

const running = new Set();
let isInterrupted = false;

/** Whether a signal asked this process to end, see {@link endWithChildren}. */
export function wasInterrupted() {
  return isInterrupted;
}

/** Seconds since `startedAt` (from `performance.now()`), as text: `3.2 s`. */
export function secondsSince(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/** The exit code a shell would report for a process ended by `code` or by `signal`. */
export function toExitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

/**
 * Runs a program and resolves with how it ended; never rejects because the program failed.
 *
 * @param {string} command Program, without a shell.
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, inherit?: boolean, cwd?: string }} [options] `inherit` hands over the
 *   terminal; otherwise stdout and stderr are collected, in order, in `output`.
 * @returns {Promise<{ exitCode: number, output: string }>}
 */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? rootFolder,
      env: { ...process.env, ...options.env },
      stdio: options.inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const chunks = [];
    running.add(child);
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => {
      running.delete(child);
      resolve({ exitCode: 127, output: `${command}: ${error.message}\n` });
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ exitCode: toExitCode(code, signal), output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

/**
 * Runs one named step: says that it starts, that it goes on, and how long it took. When it fails,
 * prints the tool's own output and ends the process with the tool's exit code.
 *
 * @param {string} title What is being done, as people would say it: `Installing dependencies`.
 * @param {() => Promise<{ exitCode: number, output: string }>} work
 * @param {string} advice What to do about a failure.
 */
export async function runStep(title, work, advice) {
  const startedAt = performance.now();
  console.log(`${title} …`);
  const heartbeat = setInterval(() => console.log(`  … ${secondsSince(startedAt)}`), heartbeatIntervalMs);
  const { exitCode, output } = await work().finally(() => clearInterval(heartbeat));
  if (isInterrupted) {
    process.exit(exitCode);
  }
  if (exitCode !== 0) {
    process.stderr.write(output);
    console.error(`\n${title} failed after ${secondsSince(startedAt)} (exit code ${exitCode}). ${advice}`);
    process.exit(exitCode);
  }
  console.log(`  done in ${secondsSince(startedAt)}`);
}

/**
 * From now on SIGINT, SIGTERM and SIGHUP reach the programs that `runCommand` has started, and this
 * process ends when they have. A terminal sends Ctrl-C to all of them itself and npm sends it once
 * more, so a signal is passed on only where the terminal cannot have done so.
 */
export function endWithChildren() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      isInterrupted = true;
      if (running.size === 0) {
        process.exit(toExitCode(null, signal));
      }
      if (signal !== 'SIGINT' || !process.stdin.isTTY) {
        running.forEach((child) => child.kill(signal));
      }
    });
  }
}
