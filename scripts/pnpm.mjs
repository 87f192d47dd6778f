// Runs the pinned pnpm: `node scripts/pnpm.mjs <arguments of pnpm>`.
import { fetchPnpm, isPnpmFetched, runPnpm } from './lib/pnpm.mjs';
import { assertNodeVersion } from './lib/root.mjs';
import { endWithChildren } from './lib/run-command.mjs';

assertNodeVersion();
endWithChildren();

if (!isPnpmFetched()) {
  const { exitCode, output } = await fetchPnpm();
  if (exitCode !== 0) {
    console.error(`${output}\npnpm could not be fetched with npm (exit code ${exitCode}).`);
    process.exit(exitCode);
  }
}
process.exitCode = (await runPnpm(process.argv.slice(2), { inherit: true })).exitCode;
