import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { rootFolder } from '../root.mjs';
import { runCommand } from '../run-command.mjs';
import { runTool } from '../tools.mjs';

const fixtureFolder = join(rootFolder, 'matrix', 'test-runners');

/** Node.js 20 has no way to run several files in one process, so one file imports them. */
const inOneProcess = {
  20: [join('suite', 'node-test', 'one-process.mjs')],
  24: ['--test', '--test-isolation=none', join('suite', 'node-test', '*.test.mjs')],
};

/** The projects of jest's TypeScript users: what is compiled, and the types that are there without an import. */
const typedProjects = [
  ['jest-globals.test.ts', 'node'],
  ['jest-types.test.ts', 'node,jest'],
];

/** The configuration of jest in core's README must be the one that runs here. */
function checkDocumentedConfiguration() {
  const readme = readFileSync(join(rootFolder, 'packages', 'core', 'README.md'), 'utf8');
  const [, block = '{}'] = /```json\s+(\{[^`]*"jest"[^`]*)```/.exec(readme) ?? [];
  const { type, jest } = JSON.parse(block);
  const actual = JSON.parse(readFileSync(join(fixtureFolder, 'package.json'), 'utf8'));
  return isDeepStrictEqual({ type, jest }, { type: actual.type, jest: actual.jest })
    ? { exitCode: 0, output: '' }
    : {
        exitCode: 1,
        output: `core's README and matrix/test-runners configure jest differently:\n${block}\n`,
      };
}

async function runTests(node, args, folder, files, env = {}) {
  const { exitCode, output } = await runCommand(node, args, {
    cwd: folder,
    env: { NODE_PATH: '', NODE_OPTIONS: '', ...env },
  });
  const [hasFiles, hasOpenHandles] = [
    output.includes(`test files in this process: ${files}`),
    /open handle|did not exit/i.test(output),
  ];
  const isRight = exitCode === 0 && hasFiles && !hasOpenHandles;
  return { exitCode: isRight ? 0 : Math.max(exitCode, 1), output: `${args.join(' ')}:\n${output}` };
}

function runJest(node, folder) {
  const jest = join('node_modules', 'jest', 'bin', 'jest.js');
  const args = [jest, '--runInBand', '--detectOpenHandles', join('suite', 'jest')];
  return runTests(node, args, folder, 2, { NODE_OPTIONS: '--experimental-vm-modules' });
}

function compile(folder, [file, types]) {
  const options =
    '--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --noUncheckedSideEffectImports --skipLibCheck false';
  const target = '--target es2023 --lib es2023,esnext.disposable --module nodenext';
  const typeRoots = ['--types', types, '--typeRoots', join(folder, 'node_modules', '@types')];
  const own = join(folder, 'suite', 'types', file);
  return runTool('typescript', 'tsc', [...options.split(' '), ...target.split(' '), ...typeRoots, own]);
}

/**
 * Runs tests that use `@pg-observability/core/testing` by jest and by node:test, with the files in one process and apart, and
 * compiles those of jest's TypeScript users.
 *
 * @param {{ node: number }} row
 * @param {string} folder Where the fixture is installed.
 * @param {string} node Path of the Node.js to run on.
 */
export async function runTestRunnersRow(row, folder, node) {
  rmSync(join(folder, 'suite'), { recursive: true, force: true });
  cpSync(join(fixtureFolder, 'suite'), join(folder, 'suite'), { recursive: true });
  const testFiles = ['orders', 'workflow'].map((name) => join('suite', 'node-test', `${name}.test.mjs`));
  const works = [
    async () => checkDocumentedConfiguration(),
    () => runJest(node, folder),
    () => runTests(node, ['--test', ...testFiles], folder, 1),
    () => runTests(node, inOneProcess[row.node], folder, 2),
    ...typedProjects.map((project) => () => compile(folder, project)),
  ];
  const outcomes = [];
  for (const work of works) {
    outcomes.push(await work());
  }
  const failed = outcomes.filter(({ exitCode }) => exitCode !== 0);
  return { exitCode: failed.length > 0 ? 1 : 0, output: failed.map(({ output }) => output).join('\n') };
}
