import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { rootFolder, rootManifest } from './root.mjs';
import { runCommand } from './run-command.mjs';

const version = rootManifest.packageManager.replace(/^pnpm@/, '').replace(/\+.*$/, '');
const cacheFolder = join(rootFolder, '.cache', 'pnpm');
const versionFolder = join(cacheFolder, version);
const entryFile = join(versionFolder, 'node_modules', 'pnpm', 'bin', 'pnpm.mjs');

/** npm as a program and its first arguments: the npm that runs us, else the one beside this Node.js. */
export function npmCommand() {
  const nodeFolder = dirname(process.execPath);
  const candidates = [
    process.env.npm_execpath ?? '',
    join(nodeFolder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(nodeFolder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const script = candidates.find((path) => basename(path) === 'npm-cli.js' && existsSync(path));
  return script === undefined ? ['npm'] : [process.execPath, script];
}

/** Environment for npm and pnpm: a home folder of our own where the user's cannot be written to. */
export function toolEnvironment() {
  try {
    accessSync(homedir(), constants.W_OK);
    return {};
  } catch {
    const home = join(rootFolder, '.cache', 'home');
    mkdirSync(home, { recursive: true });
    // npm tells the programs it runs where its cache is; that is below the home folder too.
    return { HOME: home, USERPROFILE: home, npm_config_cache: join(home, '.npm') };
  }
}

/** Whether the pinned pnpm is already in `.cache/pnpm`. */
export function isPnpmFetched() {
  return existsSync(entryFile);
}

/**
 * Fetches the pnpm that package.json pins, with npm, into `.cache/pnpm/<version>`; nothing global changes.
 * Two processes may do so at once: each fills a folder of its own and the first rename wins.
 */
export async function fetchPnpm() {
  const partial = join(cacheFolder, `${version}.${process.pid}`);
  mkdirSync(partial, { recursive: true });
  const [command, ...first] = npmCommand();
  // --ignore-scripts: bin/pnpm.mjs starts the native binary without pnpm's own install script.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--no-save'];
  const result = await runCommand(
    command,
    [...first, 'install', '--prefix', partial, ...flags, `pnpm@${version}`],
    { env: toolEnvironment() },
  );
  try {
    if (result.exitCode === 0) {
      renameSync(partial, versionFolder);
    }
  } catch (error) {
    if (!isPnpmFetched()) {
      throw error;
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return result;
}

/** PATH with the pinned pnpm in front: turbo starts `pnpm` by its name. */
function pathWithPnpm() {
  const scope = join(versionFolder, 'node_modules', '@pnpm');
  const binaries = existsSync(scope) ? readdirSync(scope).filter((name) => name.startsWith('exe.')) : [];
  return [...binaries.map((name) => join(scope, name)), process.env.PATH ?? ''].join(delimiter);
}

/**
 * Runs the pinned pnpm, which must have been fetched.
 *
 * @param {string[]} args
 * @param {{ inherit?: boolean, env?: NodeJS.ProcessEnv }} [options] as for `runCommand`
 */
export function runPnpm(args, options = {}) {
  const env = { ...toolEnvironment(), PATH: pathWithPnpm(), ...options.env };
  return runCommand(process.execPath, [entryFile, ...args], { ...options, env });
}
