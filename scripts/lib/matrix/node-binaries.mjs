import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand, toolEnvironment } from '../pnpm.mjs';
import { rootFolder } from '../root.mjs';
import { runCommand } from '../run-command.mjs';

/** The Node.js versions of the matrix, by major. */
const versions = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

/** Systems for which npm has Node.js as a package. */
const published = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win-x64']);

function systemName() {
  return `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

/** The version that rows of a major run on. */
export function nodeVersion(major) {
  return process.versions.node.startsWith(`${major}.`) ? process.versions.node : versions[major];
}

/** Why a major cannot be had on this machine, or undefined when it can. */
export function nodeSkipReason(major) {
  const isRunning = process.versions.node.startsWith(`${major}.`);
  return isRunning || published.has(systemName())
    ? undefined
    : `npm has no Node.js ${major} for ${systemName()}`;
}

/**
 * Path of a Node.js of this major: the one that runs us, else one from npm below `.cache/matrix`. It is never a
 * dependency of the project: the package would put itself in front of `node` in every npm script.
 */
export async function ensureNode(major) {
  if (process.versions.node.startsWith(`${major}.`)) {
    return process.execPath;
  }
  const folder = join(rootFolder, '.cache', 'matrix', `node-${versions[major]}`);
  const packageName = `node-${systemName()}`;
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(folder, 'node_modules', packageName, 'bin', program);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const [npm, ...first] = npmCommand();
    const flags = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
    const { exitCode, output } = await runCommand(
      npm,
      [...first, 'install', '--prefix', folder, ...flags, `${packageName}@${versions[major]}`],
      { env: toolEnvironment() },
    );
    if (exitCode !== 0) {
      throw new Error(`Node.js ${versions[major]} could not be fetched:\n${output}`);
    }
  }
  return path;
}
