import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

// The script is not compiled: dist/postgres and src/postgres are equally deep, so one path serves both.
const guardScript: string = fileURLToPath(new URL('../../src/postgres/postgres-guard.mjs', import.meta.url));

/** What `postgres-guard.mjs` exits with when it was asked and the server runs. */
const runningExitCode = 3;

interface GuardTask {
  /** The server's folder. */
  readonly folder: string;
  /** The process that started the server; a server of anybody else is left alone. */
  readonly ownerPid: number;
  /** Stop the server and keep its folder, stop it and remove the folder, or only see whether it runs. */
  readonly task: 'keep' | 'remove' | 'probe';
}

function spawnGuard(task: GuardTask, stdin: 'pipe' | 'ignore'): ChildProcess {
  return spawn(process.execPath, [guardScript, JSON.stringify(task)], {
    cwd: dirname(guardScript),
    stdio: [stdin, 'ignore', 'ignore'],
    // A process group of its own, so that a Ctrl-C in the terminal does not reach it.
    detached: true,
    windowsHide: true,
  });
}

/**
 * Starts a small process that stops the server of a folder when this process has died, however it
 * died: kill -9 included, where no handler of ours could run. It does not keep this process alive.
 *
 * @param folder The server's folder.
 * @param removeFolder Whether the folder goes when the server has gone.
 * @returns a function that ends the guard, which then stops the server if it still runs, and removes
 *   the folder if it was told to; resolves when it has.
 */
export function guardServer(folder: string, removeFolder: boolean): () => Promise<void> {
  const task = removeFolder ? 'remove' : 'keep';
  const guard = spawnGuard({ folder, ownerPid: process.pid, task }, 'pipe');
  const exited = once(guard, 'exit');
  const stdin = guard.stdin;
  guard.unref();
  // Node makes this pipe a socket. Nothing is ever written; its error (guard killed) changes nothing.
  if (stdin instanceof Socket) {
    stdin.on('error', () => undefined).unref();
  }
  return async () => {
    guard.ref();
    stdin?.end();
    await exited;
  };
}

/** Whether the server that a process has started in a folder still runs there. */
export async function isServerRunning(folder: string, ownerPid: number): Promise<boolean> {
  const guard = spawnGuard({ folder, ownerPid, task: 'probe' }, 'ignore');
  const [exitCode] = (await once(guard, 'exit')) as [number | null];
  return exitCode === runningExitCode;
}

/** Stops the server that a process which has died left in a folder, if it still runs there. */
export async function stopLeftover(folder: string, ownerPid: number): Promise<void> {
  await once(spawnGuard({ folder, ownerPid, task: 'keep' }, 'ignore'), 'exit');
}
