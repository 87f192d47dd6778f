import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rootFolder } from '../root.mjs';
import { runCommand } from '../run-command.mjs';
import { suiteFiles } from './rows.mjs';

const reportFile = join(rootFolder, '.cache', 'matrix', 'suites.json');

/**
 * Runs the contract suites of the workspace on every major of PostgreSQL.
 *
 * @returns {Promise<{ cases: { title: string, status: string, durationMs: number, messages: string[] }[], output: string }>}
 */
export async function runSuites() {
  mkdirSync(dirname(reportFile), { recursive: true });
  rmSync(reportFile, { force: true });
  const vitest = join(rootFolder, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=json', `--outputFile.json=${reportFile}`];
  const { output } = await runCommand(process.execPath, [vitest, 'run', ...reporters, ...suiteFiles], {
    env: { PG_OBSERVABILITY_TEST_POSTGRES: '15,16,17,18' },
  });
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
