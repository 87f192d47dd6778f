import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { assertNodeVersion, rootFolder } from './root.mjs';
import { endWithChildren, toExitCode } from './run-command.mjs';
import { join } from 'node:path';

/** The same Ctrl-C reaches us from the terminal and once more from npm; within this time it is one. */
const sameSignalMs = 500;

/**
 * Installs, builds and runs an application until it ends, in a process group of its own, so that it gets each signal once, and from
 * us.
 * @param {string} file below the root folder, as the build makes it
 */
export async function runApp(file) {
  assertNodeVersion();
  endWithChildren();
  await ensureInstalled();
  await ensureBuilt();
  const path = join(rootFolder, file);
  if (!existsSync(path)) {
    console.error(`The build has made no ${path}.`);
    process.exitCode = 1;
    return;
  }
  // The channel has no messages. It closes when this process dies, however it dies, so that the
  // application can end too (`process.on('disconnect')`).
  const app = spawn(process.execPath, [path, ...process.argv.slice(2)], {
    cwd: rootFolder,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: process.platform !== 'win32',
  });
  let lastSignalAt = Number.NEGATIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.removeAllListeners(signal).on(signal, () => {
      if (performance.now() - lastSignalAt > sameSignalMs) {
        app.kill(signal);
      }
      lastSignalAt = performance.now();
    });
  }
  app.on('exit', (code, signal) => process.exit(toExitCode(code, signal)));
}
