import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

function countResults(report) {
  // A file that could not be loaded has no tests to count, and is a failure all the same.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * The numbers of a test run, from vitest's JSON report and from how the run ended. A run that failed
 * without a failed test (install, build, an error outside any test) counts as one failure.
 *
 * @param {string} reportFile
 * @param {number} exitCode Of the test command.
 * @returns {Counts}
 */
export function summarizeTests(reportFile, exitCode) {
  const counts = existsSync(reportFile)
    ? countResults(JSON.parse(readFileSync(reportFile, 'utf8')))
    : { passed: 0, failed: 0, skipped: 0 };
  const hasRun = counts.passed + counts.failed > 0;
  const isUnexplained = counts.failed === 0 && (exitCode !== 0 || !hasRun);
  return { ...counts, failed: counts.failed + (isUnexplained ? 1 : 0) };
}
