import { randomUUID } from 'node:crypto';
import { startFaultProxy } from '../../packages/testkit/dist/index.js';
import { hasNothingWaiting } from './database-away.mjs';
import { describeFailures, startLoad } from './load.mjs';
import { droppedRows, everythingOnce, outcome } from './outcome.mjs';
import { spoolFolder, startApp } from './start-app.mjs';
import { compare, pause, readStored, until, withClient } from './stored-rows.mjs';
import { startTransitions, storedTransitions } from './transitions.mjs';
import { withServer } from './with-server.mjs';

const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;

/** F2: backends are terminated, and connections are cut between COMMIT and its answer, under load. */
export async function connectionsCut({ isShort }) {
  const forMs = isShort ? 3_000 : 60_000;
  const everyMs = isShort ? 1_000 : 2_000;
  return withServer(async (parts) => [
    ...(await underLoad({ ...parts, service: 'f2-terminated', forMs, everyMs }, terminateBackends)),
    ...(await underLoad(
      { ...parts, service: 'f2-unknown', forMs: isShort ? 3_000 : 30_000, everyMs: 500 },
      loseAnswers,
    )),
  ]);
}

const terminateBackends = {
  // A round trip of 50 ms, so that backends end in the middle of transactions and not between them.
  latencyMs: 25,
  fault: ({ forMs, everyMs }) => `backends terminated every ${everyMs / 1_000} s for ${forMs / 1_000} s`,
  hurt: async ({ server }) =>
    withClient(server.url, async (client) => (await client.query(TERMINATE)).rowCount ?? 0),
};

const loseAnswers = {
  latencyMs: 0,
  fault: () => 'connection cut between COMMIT and its answer',
  hurt: async ({ proxy }) => {
    const before = proxy.answersLost;
    // In turn: a batch, whose COPY commits when it ends, and the statement of a transition, which commits by itself.
    if (before % 2 === 0) {
      proxy.loseAnswers(/from stdin\0/, 1, /COPY \d/);
    } else {
      proxy.loseAnswers(/insert into observability\.workflow_transitions/, 1);
    }
    await until(() => proxy.answersLost > before, 5_000, 10);
    return proxy.answersLost - before;
  },
};

async function underLoad(parts, { fault, latencyMs, hurt }) {
  const { server, folder, own, service, forMs, everyMs } = parts;
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: server.port } });
  proxy.latencyMs = latencyMs;
  const ingest = { spool: { directory: spoolFolder(folder, service) } };
  const app = own(
    await startApp({ url: proxy.url(server.url), serviceName: service, ingest, windowMs: 1_000 }),
  );
  const load = startLoad(app.base, { prefix: service });
  const transitions = await startTransitions(app, randomUUID());
  await pause(1_000);
  let hits = 0;
  for (const endsAt = performance.now() + forMs; performance.now() < endsAt; await pause(everyMs)) {
    hits += await hurt({ server, proxy });
  }
  await load.stop();
  const moves = await transitions.stop();
  const isDrained = await until(() => hasNothingWaiting(app), 60_000);
  const { spans, metrics } = await app.ask('stats');
  await app.kill('SIGTERM');
  await proxy.close();
  const found = compare(load, await readStored(server.url, service));
  const dropped = droppedRows(spans) + droppedRows(metrics);
  return [
    outcome(
      fault(parts),
      '0 lost, 0 duplicated',
      { ...found, lost: found.lost.length, dropped },
      {
        ...everythingOnce(load, found, dropped),
        'everything is stored while the application runs on': isDrained === true,
        'something was hit': hits > 0,
      },
      [
        `${hits} connections were hit; ${spans.retried + (metrics.retried ?? 0)} attempts were repeated`,
        ...describeFailures(load),
      ],
    ),
    judgeTransitions(moves, await storedTransitions(server.url, moves.workflowId)),
  ];
}

function judgeTransitions({ keys, calls, refused }, stored) {
  const lost = keys.filter((key) => !stored.has(key)).length;
  const duplicated = [...stored.values()].reduce((sum, count) => sum + count - 1, 0);
  return outcome(
    'transitions repeated with their idempotencyKey',
    'each stored once',
    { sent: keys.length, stored: stored.size, lost, duplicated },
    {
      'each is stored once': lost === 0 && duplicated === 0,
      'nothing but STORE_UNAVAILABLE': refused.length === 0,
    },
    [`${calls} calls for ${keys.length} transitions`, ...refused.slice(0, 3)],
  );
}
