import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootFolder } from './root.mjs';
import { runCommand } from './run-command.mjs';

/** The JavaScript file behind a command of a root dependency; `.bin` has shell scripts on Windows. */
function toolFile(packageName, command) {
  const folder = join(rootFolder, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[command]);
}

/**
 * Runs a command-line tool of a root dependency with this Node.js.
 *
 * @param {string} packageName For example `typescript`.
 * @param {string} command Name of the command in its package.json: `tsc`.
 * @param {string[]} args
 */
export function runTool(packageName, command, args) {
  return runCommand(process.execPath, [toolFile(packageName, command), ...args]);
}
