import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPgBouncer } from '../../packages/testkit/dist/index.js';
import { outcome, skipped } from './outcome.mjs';
import { rootFolder } from './packages.mjs';

const MAJORS = [15, 16, 17, 18];
const MUST_HOLD = 'the contract suites are green';
const POOLING_FILE = 'packages/core/test/node-postgres/transaction-pooling.test.ts';
const DIRECT_FILES = [
  'packages/core/test/alerts/alert-manager.test.ts',
  'packages/core/test/metrics/metrics-contract.test.ts',
  'packages/core/test/storage/stores.test.ts',
  'packages/core/test/workflows/workflow-state-tracker.test.ts',
  'packages/typeorm/test/store/store-contract.test.ts',
];

/** F11: the contract suites on every PostgreSQL, on PGlite, and through poolers in transaction mode. */
export async function contractSuites({ isShort }) {
  const hasPgBouncer = findPgBouncer() !== undefined;
  const majors = isShort ? [18] : MAJORS;
  const cases = await runSuites([...(isShort ? [] : DIRECT_FILES), POOLING_FILE], {
    PG_OBSERVABILITY_TEST_POSTGRES: majors.join(),
    PG_OBSERVABILITY_TEST_PGBOUNCER: hasPgBouncer ? '1' : '',
  });
  const judge = (name, isWanted) =>
    judgeCases(
      name,
      cases.filter(({ title }) => isWanted(title)),
    );
  const pooled = /another backend for each transaction|the proxy that stands/;
  const direct = isShort
    ? []
    : [
        ...MAJORS.map((major) =>
          judge(
            `PostgreSQL ${major}`,
            (title) =>
              title.includes(`PostgreSQL ${major}`) && !pooled.test(title) && !title.includes('PgBouncer'),
          ),
        ),
        judge('PGlite', (title) => /embedded ?store/i.test(title)),
      ];
  const on = `PostgreSQL ${isShort ? '18' : '15–18'}`;
  return [
    ...direct,
    judge(`another backend each transaction, ${on}`, (title) => pooled.test(title)),
    hasPgBouncer
      ? judge(`PgBouncer, transaction mode, ${on}`, (title) => title.includes('PgBouncer'))
      : skipped('PgBouncer, transaction mode', MUST_HOLD, 'PgBouncer is not installed'),
  ];
}

/** Every case with its title and how it went. */
async function runSuites(files, environment) {
  const folder = mkdtempSync(join(tmpdir(), 'pg-observability-suites-'));
  const report = join(folder, 'report.json');
  try {
    const vitest = join(rootFolder, 'node_modules', 'vitest', 'vitest.mjs');
    const args = [vitest, 'run', '--reporter=json', `--outputFile.json=${report}`, ...files];
    // What a test run around this one has set would reach the one in here.
    const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'test', VITEST: '', ...environment };
    const child = spawn(process.execPath, args, { cwd: rootFolder, env, stdio: 'ignore' });
    await once(child, 'exit');
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const broken = testResults.filter(({ assertionResults }) => assertionResults.length === 0);
    if (broken.length > 0) {
      throw new Error(broken.map(({ name, message }) => `${name} has no cases: ${message}`).join('\n'));
    }
    return testResults.flatMap(({ assertionResults }) =>
      assertionResults.map(({ fullName, ...result }) => ({ ...result, title: fullName })),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function judgeCases(name, cases) {
  const passed = cases.filter(({ status }) => status === 'passed').length;
  const failed = cases.filter(({ status }) => status === 'failed');
  return outcome(
    name,
    MUST_HOLD,
    {
      sent: `${cases.length} cases`,
      stored: `${passed} green`,
      lost: failed.length,
      duplicated: '–',
      dropped: '–',
    },
    { 'there are cases': passed > 0, 'none fails': failed.length === 0 },
    failed
      .slice(0, 5)
      .map(({ title, failureMessages }) => `${title}: ${String(failureMessages[0]).slice(0, 300)}`),
  );
}
