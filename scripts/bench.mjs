// `npm run bench [-- <name> …]`: installs, builds and runs the benchmarks, with their peers from a lockfile of their own.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { npmCommand, toolEnvironment } from './lib/pnpm.mjs';
import { assertNodeVersion, rootFolder } from './lib/root.mjs';
import { endWithChildren, runCommand, runStep } from './lib/run-command.mjs';

const folder = join(rootFolder, 'benchmarks');
const stampFile = join(folder, 'node_modules', '.installed-by-scripts');

/** Installs the peers as the lockfile says, unless that was done already. */
async function ensurePeers() {
  const files = ['package.json', 'package-lock.json'].map((name) => readFileSync(join(folder, name)));
  const fingerprint = createHash('sha256').update(Buffer.concat(files)).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint) {
    return;
  }
  const [npm, ...first] = npmCommand();
  const args = [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const env = { ...toolEnvironment(), NODE_ENV: 'development' };
  const install = () => runCommand(npm, args, { cwd: folder, env });
  await runStep(
    'Installing the peers',
    install,
    'They come from the npm registry: is it reachable from here?',
  );
  writeFileSync(stampFile, fingerprint);
}

assertNodeVersion();
endWithChildren();
await ensureInstalled();
await ensureBuilt();
await ensurePeers();
const script = join(folder, 'src', 'run.mjs');
const { exitCode } = await runCommand(process.execPath, [script, ...process.argv.slice(2)], {
  inherit: true,
});
process.exitCode = exitCode;
