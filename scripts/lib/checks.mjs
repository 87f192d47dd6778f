import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPnpm } from './pnpm.mjs';
import { rootFolder } from './root.mjs';
import { runCommand } from './run-command.mjs';
import { runTool } from './tools.mjs';
import { projectFolders } from './workspace.mjs';

/** @typedef {{ exitCode: number, output: string }} Outcome */
/** @typedef {{ name: string, run: () => Promise<Outcome> }} Check */

const passed = { exitCode: 0, output: '' };

function exists(path) {
  return existsSync(join(rootFolder, path));
}

function hasTests(folder) {
  const options = { recursive: true };
  return (
    exists(`${folder}/test`) &&
    readdirSync(join(rootFolder, folder, 'test'), options).some((name) => name.endsWith('.test.ts'))
  );
}

/** Every project is in the root tsconfig.json, and every test folder has a tsconfig.json of its own. */
async function checkProjectList() {
  const { references } = JSON.parse(readFileSync(join(rootFolder, 'tsconfig.json'), 'utf8'));
  const listed = new Set(references.map(({ path }) => path));
  const forgotten = projectFolders()
    .filter((folder) => exists(`${folder}/tsconfig.json`) && !listed.has(folder))
    .map((folder) => `tsconfig.json at the root does not refer to ${folder}\n`);
  const unchecked = projectFolders()
    .filter((folder) => hasTests(folder) && !exists(`${folder}/test/tsconfig.json`))
    .map((folder) => `${folder}/test has no tsconfig.json: copy the one of packages/core/test\n`);
  const output = [...forgotten, ...unchecked].join('');
  return { exitCode: output === '' ? 0 : 1, output };
}

/** Type-checks the test folders, each with the sources it tests. */
async function checkTestTypes() {
  const folders = projectFolders().filter(
    (folder) => hasTests(folder) && exists(`${folder}/test/tsconfig.json`),
  );
  const outcomes = [];
  for (const folder of folders) {
    outcomes.push(await runTool('typescript', 'tsc', ['-p', `${folder}/test`]));
  }
  return {
    exitCode: Math.max(0, ...outcomes.map(({ exitCode }) => exitCode)),
    output: outcomes.map(({ output }) => output).join(''),
  };
}

/** Packs a package as it would be published, has a tool look at the tarball and removes it. */
async function checkTarball(folder, look) {
  const target = mkdtempSync(join(tmpdir(), 'pg-observability-pack-'));
  try {
    const packing = await runPnpm(['--dir', folder, 'pack', '--pack-destination', target]);
    const [tarball] = readdirSync(target);
    return packing.exitCode === 0 && tarball !== undefined ? await look(join(target, tarball)) : packing;
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

/** @returns {Check[]} */
function packageChecks(folder) {
  const publint = (tarball) => runTool('publint', 'publint', ['run', tarball, '--strict']);
  const attw = (tarball) => runTool('@arethetypeswrong/cli', 'attw', [tarball, '--profile', 'esm-only']);
  return [
    { name: `publint ${folder}`, run: () => checkTarball(folder, publint) },
    { name: `types as published ${folder}`, run: () => checkTarball(folder, attw) },
  ];
}

function publicPackages() {
  return projectFolders().filter(
    (folder) => JSON.parse(readFileSync(join(rootFolder, folder, 'package.json'), 'utf8')).private !== true,
  );
}

const lintArguments = ['--type-aware', '--report-unused-disable-directives-severity=error', '--quiet'];
const schemaScript = 'packages/core/scripts/embed-schema.mjs';

/**
 * Everything that is checked beside the tests, in the order it runs.
 *
 * @returns {Check[]}
 */
export function listChecks() {
  const checkSchema = () => runCommand(process.execPath, [schemaScript, '--check']);
  return [
    { name: 'lint', run: () => runTool('oxlint', 'oxlint', lintArguments) },
    { name: 'format', run: () => runTool('oxfmt', 'oxfmt', ['--check']) },
    { name: 'types', run: () => runTool('typescript', 'tsc', ['-b']) },
    { name: 'types of tests', run: checkTestTypes },
    { name: 'list of projects', run: checkProjectList },
    { name: 'embedded schema', run: () => (exists(schemaScript) ? checkSchema() : Promise.resolve(passed)) },
    ...publicPackages().flatMap(packageChecks),
  ];
}
