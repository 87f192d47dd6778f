import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

// The script is not compiled: dist/postgres and src/postgres are equally deep, so one path serves both.
const guardScript: string = fileURLToPath(new URL('../../src/postgres/postgres-guard.mjs', import.meta.url));

interface GuardedFolder {
  /** The server's folder. */
  readonly folder: string;
  /** Whether the folder goes when the server has gone. */
  readonly removeFolder: boolean;
}

function spawnGuard(guarded: GuardedFolder, stdin: 'pipe' | 'ignore'): ChildProcess {
  return spawn(process.execPath, [guardScript, JSON.stringify(guarded)], {
    cwd: '/',
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
 * @returns a function that ends the guard, which then stops the server if it still runs, and removes
 *   the folder if it was told to; resolves when it has.
 */
export function guardServer(guarded: GuardedFolder): () => Promise<void> {
  const guard = spawnGuard(guarded, 'pipe');
  const exited = once(guard, 'exit');
  const stdin = guard.stdin;
  guard.unref();
  // The pipe is a handle of its own; it is never written to, and its error (guard killed) changes nothing.
  (stdin as unknown as { unref(): void }).unref();
  stdin?.on('error', () => undefined);
  return async () => {
    guard.ref();
    stdin?.end();
    await exited;
  };
}

/** Stops the server that a process which has died left in a folder, if it still runs there. */
export async function stopLeftover(folder: string): Promise<void> {
  await once(spawnGuard({ folder, removeFolder: false }, 'ignore'), 'exit');
}
