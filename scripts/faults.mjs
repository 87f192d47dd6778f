// `npm run test:faults [-- <name> …] [--short] [--outage-s <seconds>]`: installs, builds and runs the fault tests.
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { assertNodeVersion, rootFolder } from './lib/root.mjs';
import { endWithChildren, runCommand } from './lib/run-command.mjs';
import { join } from 'node:path';

assertNodeVersion();
endWithChildren();
await ensureInstalled();
await ensureBuilt();
const script = join(rootFolder, 'faults', 'src', 'run.mjs');
const { exitCode } = await runCommand(process.execPath, [script, ...process.argv.slice(2)], {
  inherit: true,
});
process.exitCode = exitCode;
