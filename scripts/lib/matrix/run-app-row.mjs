import { join } from 'node:path';
import { runCommand } from '../run-command.mjs';
import { pinnedVersions, prepareFixture } from './fixtures.mjs';
import { ensureNode } from './node-binaries.mjs';
import { runTestRunnersRow } from './run-test-runners-row.mjs';
import { runTypesRow } from './run-types-row.mjs';

/** Answers the same promise for the same key: every fixture, Node.js and server is prepared once a run. */
export function once(work) {
  const results = new Map();
  return (key) => {
    const result = results.get(key) ?? work(key);
    results.set(key, result);
    return result;
  };
}

const preparedFixture = once(prepareFixture);
const preparedNode = once(ensureNode);

/** How long a row's suite may take; a row that hangs must not take the others with it. */
const suiteTimeoutMs = 120_000;

/** The suite of an application: most have the same one. */
function suiteOf(app) {
  if (app.startsWith('beside-')) {
    return 'beside.test.mjs';
  }
  return ['entrances', 'outgoing', 'own-sdk', 'terminus'].includes(app) ? `${app}.test.mjs` : 'app.test.mjs';
}

async function runSuite(row, loader, createDatabase) {
  const [folder, node] = [await preparedFixture(row.fixture), await preparedNode(row.node)];
  const database = row.postgres === undefined ? undefined : await createDatabase(row.postgres);
  const env = {
    MATRIX_FIXTURE: row.fixture,
    MATRIX_APP: row.app,
    MATRIX_STORE: row.store,
    MATRIX_LOADER: loader,
    DATABASE_URL: database?.url ?? '',
    // pnpm's launchers set it, and every package of the workspace would be found.
    NODE_PATH: '',
  };
  const args = [
    '--test',
    `--test-timeout=${suiteTimeoutMs}`,
    '--test-reporter=spec',
    join('smoke', suiteOf(row.app)),
  ];
  const { exitCode, output } = await runCommand(node, args, { cwd: folder, env });
  await database?.drop();
  return { exitCode, output: exitCode === 0 ? '' : `by ${loader}:\n${output}` };
}

/**
 * Runs the smoke suite of one row twice, with packages loaded by `import` and by `require`; compiles its users' code; or
 * runs its users' tests.
 *
 * @param {import('./rows.mjs').AppRow} row
 * @param {(major: number) => Promise<{ url: string, drop(): Promise<void> }>} createDatabase
 * @returns {Promise<{ exitCode: number, output: string }>} never rejects.
 */
export async function runAppRow(row, createDatabase) {
  try {
    if (row.app === 'types') {
      return await runTypesRow(await preparedFixture(row.fixture), pinnedVersions(row.fixture));
    }
    if (row.app === 'test-runners') {
      return await runTestRunnersRow(row, await preparedFixture(row.fixture), await preparedNode(row.node));
    }
    const outcomes = await Promise.all(
      ['import', 'require'].map((loader) => runSuite(row, loader, createDatabase)),
    );
    return {
      exitCode: Math.max(...outcomes.map(({ exitCode }) => exitCode)),
      output: outcomes.map(({ output }) => output).join(''),
    };
  } catch (error) {
    return { exitCode: 1, output: `${error instanceof Error ? error.stack : String(error)}\n` };
  }
}
