// `npm test [-- --matrix] [-- <arguments of vitest>]`: installs, builds and runs every test.
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { assertNodeVersion, rootFolder } from './lib/root.mjs';
import { endWithChildren, runCommand } from './lib/run-command.mjs';
import { join } from 'node:path';

assertNodeVersion();
endWithChildren();

const isMatrix = process.argv.includes('--matrix');
const vitestArguments = process.argv.slice(2).filter((argument) => argument !== '--matrix');

await ensureInstalled();
await ensureBuilt();
const vitest = join(rootFolder, 'node_modules', 'vitest', 'vitest.mjs');
const { exitCode } = await runCommand(process.execPath, [vitest, 'run', ...vitestArguments], {
  inherit: true,
  env: isMatrix ? { PG_OBSERVABILITY_TEST_POSTGRES: '15,16,17,18' } : {},
});
process.exitCode = exitCode;
