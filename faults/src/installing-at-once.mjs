import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SCHEMA_VERSION } from '../../packages/core/dist/index.js';
import { outcome } from './outcome.mjs';
import { withClient } from './stored-rows.mjs';
import { withServer } from './with-server.mjs';

const PROCESSES = 20;
const SHORT_PROCESSES = 4;

/** F9: many processes install the schema at the same moment, on an empty database and on one of the version before. */
export async function installingAtOnce({ isShort }) {
  const count = isShort ? SHORT_PROCESSES : PROCESSES;
  return withServer(async ({ server }) => {
    const processes = await Promise.all(Array.from({ length: count }, () => startInstaller(server.url)));
    try {
      const empty = await Promise.all(processes.map((child) => install(child, {})));
      const before = await describeSchema(server.url);
      // This library as the next version will find it: with a migration that it does not have yet.
      const version = SCHEMA_VERSION + 1;
      const old = await Promise.all(processes.map((child) => install(child, { upgradeTo: version })));
      const after = await describeSchema(server.url);
      return [
        judge(`${count} processes, empty database`, empty, 'installed', before, SCHEMA_VERSION),
        judge(`${count} processes, database of the version before`, old, 'upgraded', after, version),
      ];
    } finally {
      processes.forEach((child) => child.kill('SIGKILL'));
    }
  });
}

function judge(fault, answers, expected, schema, version) {
  const count = (outcomeName) => answers.filter((answer) => answer.outcome === outcomeName).length;
  const failed = answers.filter(({ error }) => error !== undefined);
  return outcome(
    fault,
    'one schema, no error',
    {
      sent: `${answers.length} calls`,
      stored: `${schema.versions} schema`,
      lost: failed.length,
      duplicated: schema.versions - 1,
      dropped: '–',
    },
    {
      'no error': failed.length === 0,
      [`at least one says ${expected}, the others up_to_date`]:
        count(expected) >= 1 && count(expected) + count('up_to_date') === answers.length,
      [`one schema of version ${version}`]: schema.versions === 1 && schema.version === version,
      'its change is made once': expected !== 'upgraded' || schema.columns === 1,
    },
    [
      `${count(expected)} ${expected}, ${count('up_to_date')} up_to_date`,
      ...failed.slice(0, 3).map(({ error }) => error),
    ],
  );
}

async function startInstaller(url) {
  const file = fileURLToPath(new URL('app/installer.mjs', import.meta.url));
  const child = fork(file, [], { env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: url } });
  await once(child, 'message');
  return child;
}

async function install(child, task) {
  const answer = once(child, 'message');
  child.send(task);
  return (await answer)[0];
}

function describeSchema(url) {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      `select count(*)::integer as versions, max(version)::integer as version,
         (select count(*)::integer from information_schema.columns
          where table_schema = 'observability' and column_name = 'fault_note') as columns
       from observability.schema_version`,
    );
    return rows[0];
  });
}
