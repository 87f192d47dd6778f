// `npm run test:matrix [-- <word> …]`: every version the packages must fit, as a table. With words only the rows whose
// names contain one of them. Goes on after a failure; the last line is "N passed, N failed[, N skipped]".
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { openDatabases } from './lib/matrix/databases.mjs';
import { describeVersions } from './lib/matrix/describe-row.mjs';
import { packPackages } from './lib/matrix/fixtures.mjs';
import { nodeSkipReason, nodeVersion } from './lib/matrix/node-binaries.mjs';
import { appRows, suiteRows } from './lib/matrix/rows.mjs';
import { runAppRow } from './lib/matrix/run-app-row.mjs';
import { judgeSuiteRow, runSuites } from './lib/matrix/run-suite-rows.mjs';
import { formatTable } from './lib/matrix/table.mjs';
import { assertNodeVersion } from './lib/root.mjs';
import { endWithChildren, runStep, wasInterrupted } from './lib/run-command.mjs';

const words = process.argv.slice(2);
const isWanted = ({ name }) => words.length === 0 || words.some((word) => name.includes(word));
const lines = [];

/** Says how a row went as soon as it is known, and keeps it for the table. */
function report(line, { exitCode, output }) {
  const result = exitCode === 0 ? 'passed' : 'FAILED';
  lines.push({ ...line, result });
  console.log(`${exitCode === 0 ? '✓' : '✗'} ${line.name} (${line.seconds} s)`);
  if (exitCode !== 0) {
    console.log(output.trimEnd());
  }
}

async function runAppRows(rows) {
  const databases = await openDatabases();
  for (const row of rows) {
    const line = { name: row.name, versions: describeVersions(row), node: nodeVersion(row.node) };
    const reason = nodeSkipReason(row.node);
    if (reason !== undefined) {
      lines.push({ ...line, result: `skipped: ${reason}`, seconds: '0.0' });
      console.log(`- ${row.name} (${reason})`);
      continue;
    }
    const startedAt = performance.now();
    const outcome = await runAppRow(row, databases.create);
    if (wasInterrupted()) {
      break;
    }
    report({ ...line, seconds: ((performance.now() - startedAt) / 1000).toFixed(1) }, outcome);
  }
  await databases.close();
}

async function runSuiteRows(rows) {
  for (const fixture of new Set(rows.map((row) => row.fixture))) {
    console.log(`Contract suites${fixture === undefined ? '' : ` on ${fixture}`} …`);
    const suites = await runSuites(fixture);
    if (wasInterrupted()) {
      return;
    }
    for (const row of rows.filter((one) => one.fixture === fixture)) {
      const outcome = judgeSuiteRow(row, suites);
      const versions = `${row.versions} (${outcome.cases} cases)`;
      const line = { name: row.name, versions, node: process.versions.node };
      report({ ...line, seconds: outcome.seconds.toFixed(1) }, outcome);
    }
  }
}

function countLines(pattern) {
  return lines.filter(({ result }) => pattern.test(result)).length;
}

assertNodeVersion();
endWithChildren();
await ensureInstalled();
await ensureBuilt();
await runStep('Packing', packPackages, 'pnpm says above what is wrong.');
await runAppRows(appRows.filter(isWanted));
if (!wasInterrupted()) {
  await runSuiteRows(suiteRows.filter(isWanted));
}

const [passed, failed, skipped] = [/^passed/, /^FAILED/, /^skipped/].map(countLines);
console.log(`\n${formatTable(lines)}\n`);
process.exitCode = wasInterrupted() || failed > 0 || passed === 0 ? 1 : 0;
const ending = `${skipped > 0 ? `, ${skipped} skipped` : ''}${wasInterrupted() ? ', interrupted' : ''}`;
console.log(`${passed} passed, ${failed} failed${ending}`);
