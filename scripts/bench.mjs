// `npm run bench [-- <name> …]`: installs, builds and runs the benchmarks, with their peers from a lockfile of their own.
import { join } from 'node:path';
import { buildAll } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { assertNodeVersion, rootFolder } from './lib/root.mjs';
import { endWithChildren, runCommand } from './lib/run-command.mjs';

assertNodeVersion();
endWithChildren();
await ensureInstalled();
await buildAll();
const folder = join(rootFolder, 'benchmarks');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const installed = await runCommand(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
  cwd: folder,
});
if (installed.exitCode === 0) {
  const { exitCode } = await runCommand(
    process.execPath,
    [join(folder, 'src', 'run.mjs'), ...process.argv.slice(2)],
    {
      inherit: true,
    },
  );
  process.exitCode = exitCode;
} else {
  console.error(installed.output);
  process.exitCode = installed.exitCode;
}
