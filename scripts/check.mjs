// `npm run check`: lint, format, types, schema and packages; everything but the tests.
// With `--after-tests <report> <exit code>`, as .ci/run calls it, the tests' numbers are in the sum.
import { buildAll } from './lib/build.mjs';
import { listChecks } from './lib/checks.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { assertNodeVersion } from './lib/root.mjs';
import { endWithChildren, secondsSince } from './lib/run-command.mjs';
import { summarizeTests } from './lib/test-report.mjs';

/** Runs one check and says how it went; the tool's own output only when it failed. */
async function runCheck({ name, run }) {
  const startedAt = performance.now();
  const { exitCode, output } = await run();
  console.log(`${exitCode === 0 ? '✓' : '✗'} ${name} (${secondsSince(startedAt)})`);
  if (exitCode !== 0) {
    console.log(output.trimEnd());
  }
  return exitCode === 0;
}

async function runChecks() {
  const counts = { passed: 0, failed: 0 };
  for (const check of listChecks()) {
    counts[(await runCheck(check)) ? 'passed' : 'failed'] += 1;
  }
  return counts;
}

assertNodeVersion();
endWithChildren();
await ensureInstalled();
const isBuilt = await runCheck({ name: 'build', run: buildAll });

const [option, reportFile, exitCode] = process.argv.slice(2);
const tests =
  option === '--after-tests'
    ? summarizeTests(reportFile, Number(exitCode))
    : { passed: 0, failed: 0, skipped: 0 };
const checks = await runChecks();

const passed = tests.passed + checks.passed + (isBuilt ? 1 : 0);
const failed = tests.failed + checks.failed + (isBuilt ? 0 : 1);
const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed${skipped}`);
