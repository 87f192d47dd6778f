import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPnpm, isPnpmFetched, runPnpm } from './pnpm.mjs';
import { rootFolder, rootManifest } from './root.mjs';
import { runStep } from './run-command.mjs';
import { projectFolders } from './workspace.mjs';

const modulesFolder = join(rootFolder, 'node_modules');
const stampFile = join(modulesFolder, '.installed-by-scripts');
const offlineAdvice = 'The packages come from the npm registry: is it reachable from here?';

/** A hash of everything that decides what an installation contains. */
function fingerprint() {
  const manifests = projectFolders().map((folder) => `${folder}/package.json`);
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', ...manifests]) {
    hash.update(`${file}\n`).update(readFileSync(join(rootFolder, file)));
  }
  return hash.digest('hex');
}

/** Whether pnpm, not npm, has laid out node_modules: every tool of the root is then a link. */
function isLaidOutByPnpm() {
  const names = Object.keys(rootManifest.devDependencies);
  const isLink = (name) => lstatSync(join(modulesFolder, name), { throwIfNoEntry: false })?.isSymbolicLink();
  return existsSync(join(modulesFolder, '.modules.yaml')) && names.every(isLink);
}

function isInstalled() {
  return isLaidOutByPnpm() && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint();
}

async function installPackages() {
  if (existsSync(modulesFolder) && !isLaidOutByPnpm()) {
    // What a plain `npm install` leaves would be mixed with pnpm's links.
    rmSync(modulesFolder, { recursive: true, force: true });
  }
  // CI: no questions asked. NODE_ENV=production would leave out the tools.
  const env = { CI: 'true', NODE_ENV: 'development' };
  const result = await runPnpm(['install', '--frozen-lockfile'], { env });
  if (result.exitCode === 0) {
    writeFileSync(stampFile, fingerprint());
    // npm reads pnpm's links as packages under development and tries, for minutes, to install what
    // those need, then fails. A package-lock.json, even an empty one, keeps it from looking at them.
    const npmLock = { name: rootManifest.name, lockfileVersion: 3, requires: true, packages: {} };
    writeFileSync(join(rootFolder, 'package-lock.json'), `${JSON.stringify(npmLock)}\n`);
  }
  return result;
}

/** Installs the workspace's packages unless the last installation is still right. */
export async function ensureInstalled() {
  if (isPnpmFetched() && isInstalled()) {
    return;
  }
  if (!isPnpmFetched()) {
    await runStep(`Fetching ${rootManifest.packageManager}`, fetchPnpm, offlineAdvice);
  }
  await runStep('Installing packages', installPackages, offlineAdvice);
}
