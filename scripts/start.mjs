// `npm start [-- <arguments of the demo>]`: installs, builds and runs apps/demo until it ends.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { assertNodeVersion, rootFolder } from './lib/root.mjs';
import { endWithChildren, toExitCode } from './lib/run-command.mjs';

/** The same Ctrl-C reaches us from the terminal and once more from npm; within this time it is one. */
const sameSignalMs = 500;

/** Runs the demo in a process group of its own, so that it gets each signal once, and from us. */
function runDemo(file) {
  // The channel has no messages. It closes when this process dies, however it dies, so that the
  // demo can end too (`process.on('disconnect')`).
  const demo = spawn(process.execPath, [file, ...process.argv.slice(2)], {
    cwd: rootFolder,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: process.platform !== 'win32',
  });
  let lastSignalAt = Number.NEGATIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.removeAllListeners(signal).on(signal, () => {
      if (performance.now() - lastSignalAt > sameSignalMs) {
        demo.kill(signal);
      }
      lastSignalAt = performance.now();
    });
  }
  demo.on('exit', (code, signal) => process.exit(toExitCode(code, signal)));
}

assertNodeVersion();
endWithChildren();
await ensureInstalled();
await ensureBuilt();

const demoFile = join(rootFolder, 'apps', 'demo', 'dist', 'main.js');
if (existsSync(demoFile)) {
  runDemo(demoFile);
} else {
  console.error(`The build has made no ${demoFile}.`);
  process.exitCode = 1;
}
