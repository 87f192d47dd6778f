import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand, runPnpm, toolEnvironment } from '../pnpm.mjs';
import { rootFolder } from '../root.mjs';
import { runCommand } from '../run-command.mjs';

const sourceFolder = join(rootFolder, 'matrix');
const cacheFolder = join(rootFolder, '.cache', 'matrix');
const tarballFolder = join(cacheFolder, 'tarballs');
const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Our packages, and the framework without which an application does not install them. */
const packages = [
  { name: 'core', framework: undefined },
  { name: 'express', framework: 'express' },
  { name: 'nestjs', framework: '@nestjs/core' },
  { name: 'typeorm', framework: 'typeorm' },
];

function tarballOf(name) {
  return join(tarballFolder, `${name}.tgz`);
}

/**
 * Packs the public packages as they would be published.
 *
 * @returns how the first failure ended, or success.
 */
export async function packPackages() {
  mkdirSync(tarballFolder, { recursive: true });
  for (const { name } of packages) {
    const folder = join(rootFolder, 'packages', name);
    const outcome = await runPnpm(['-C', folder, 'pack', '--out', tarballOf(name)]);
    if (outcome.exitCode !== 0) {
      return outcome;
    }
  }
  return { exitCode: 0, output: '' };
}

/** The pinned versions of a fixture, by package. */
export function pinnedVersions(fixture) {
  const manifest = readFileSync(join(sourceFolder, fixture, 'package.json'), 'utf8');
  return JSON.parse(manifest).dependencies;
}

async function runNpm(args, cwd) {
  const [npm, ...first] = npmCommand();
  const env = { ...toolEnvironment(), NODE_ENV: 'development' };
  const { exitCode, output } = await runCommand(npm, [...first, ...args, ...quiet], { cwd, env });
  if (exitCode !== 0) {
    throw new Error(`npm ${args[0]} failed (exit code ${exitCode}):\n${output}`);
  }
}

/** Installs what the lockfile says, unless that was done already. */
async function installPinned(fixture, folder) {
  const files = ['package.json', 'package-lock.json'].map((name) => join(sourceFolder, fixture, name));
  const hash = createHash('sha256');
  files.forEach((file) => hash.update(readFileSync(file)));
  const fingerprint = hash.digest('hex');
  const stampFile = join(folder, '.installed');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint) {
    return;
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  files.forEach((file) => cpSync(file, join(folder, file.slice(join(sourceFolder, fixture).length + 1))));
  await runNpm(['ci', '--prefer-offline'], folder);
  writeFileSync(stampFile, fingerprint);
}

/**
 * Installs a fixture below `.cache/matrix`: its pinned versions, then our tarballs as a user adds them, with npm
 * looking at every peer range; and puts what is run and compiled beside its node_modules.
 *
 * @param {string} fixture Name of a folder below `matrix`.
 * @returns {Promise<string>} the folder.
 */
export async function prepareFixture(fixture) {
  const folder = join(cacheFolder, fixture);
  await installPinned(fixture, folder);
  const pinned = pinnedVersions(fixture);
  const wanted = packages.filter(({ framework }) => framework === undefined || framework in pinned);
  // npm takes a tarball with a known name and version for installed already.
  rmSync(join(folder, 'node_modules', '@pg-observability'), { recursive: true, force: true });
  rmSync(join(folder, 'node_modules', '.package-lock.json'), { force: true });
  const tarballs = wanted.map(({ name }) => tarballOf(name));
  const flags = ['--no-save', '--no-package-lock', '--strict-peer-deps', '--prefer-offline'];
  await runNpm(['install', ...flags, ...tarballs], folder);
  for (const name of ['smoke', 'types']) {
    rmSync(join(folder, name), { recursive: true, force: true });
    cpSync(join(sourceFolder, name), join(folder, name), { recursive: true });
  }
  return folder;
}
