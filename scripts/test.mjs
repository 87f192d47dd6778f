// `npm test [-- <arguments of vitest>]`: installs, builds and runs every test.
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { assertNodeVersion, rootFolder } from './lib/root.mjs';
import { endWithChildren, runCommand } from './lib/run-command.mjs';
import { join } from 'node:path';

assertNodeVersion();
endWithChildren();

await ensureInstalled();
await ensureBuilt();
const vitest = join(rootFolder, 'node_modules', 'vitest', 'vitest.mjs');
const { exitCode } = await runCommand(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  inherit: true,
});
process.exitCode = exitCode;
