import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rootFolder } from '../root.mjs';
import { runCommand } from '../run-command.mjs';
import { prepareFixture } from './fixtures.mjs';
import { nestSuiteFiles, suiteFiles } from './rows.mjs';

const reportFile = join(rootFolder, '.cache', 'matrix', 'suites.json');

/**
 * Runs the contract suites of the workspace on every major of PostgreSQL; those of Nest alone on that of a fixture.
 *
 * @param {string} [fixture] Name of a folder below `matrix` with another NestJS.
 * @returns {Promise<{ cases: { title: string, status: string, durationMs: number, messages: string[] }[], output: string }>}
 */
export async function runSuites(fixture) {
  mkdirSync(dirname(reportFile), { recursive: true });
  rmSync(reportFile, { force: true });
  const vitest = join(rootFolder, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=json', `--outputFile.json=${reportFile}`];
  const [files, env] =
    fixture === undefined
      ? [suiteFiles, { PG_OBSERVABILITY_TEST_POSTGRES: '15,16,17,18' }]
      : [nestSuiteFiles, { PG_OBSERVABILITY_TEST_NEST: await prepareFixture(fixture) }];
  const { output } = await runCommand(process.execPath, [vitest, 'run', ...reporters, ...files], { env });
  const results = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')).testResults : [];
  const cases = results.flatMap(({ assertionResults }) =>
    assertionResults.map((result) => ({
      title: result.fullName,
      status: result.status,
      durationMs: result.duration ?? 0,
      messages: result.failureMessages,
    })),
  );
  return { cases, output };
}

/** How a row of suites went: it fails when a case failed, and when there was none. */
export function judgeSuiteRow({ title }, { cases, output }) {
  const own = cases.filter((result) => title.test(result.title));
  const failed = own.filter(({ status }) => status === 'failed');
  const hasRun = own.some(({ status }) => status === 'passed');
  const lines = failed.map((result) => `${result.title}\n${result.messages.join('\n')}\n`);
  return {
    exitCode: failed.length > 0 || !hasRun ? 1 : 0,
    output: hasRun || failed.length > 0 ? lines.join('') : `no case has run\n${output}`,
    seconds: own.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000,
    cases: own.length,
  };
}
