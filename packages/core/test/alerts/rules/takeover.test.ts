import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AlertManager } from '@pg-observability/core';
import { addPoints, alertsOf, openDatabase } from './rules-database.ts';
import type { RulesDatabase } from './rules-database.ts';

let database: RulesDatabase;
const children: ChildProcess[] = [];
beforeAll(async () => {
  database = await openDatabase(18);
});
afterAll(async () => {
  await Promise.all(
    children
      .filter((child) => child.exitCode === null && child.signalCode === null)
      .map(async (child) => {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }),
  );
  await database.close();
});

const SCRIPT = `
  import { AlertEvaluator } from '@pg-observability/core';
  import { postgresStore } from '@pg-observability/core/node-postgres';
  const gauge = { kind: 'metric', name: 'orders.waiting', aggregate: 'last', above: 10, over: '1h' };
  const evaluator = new AlertEvaluator(postgresStore(process.env.DATABASE_URL), {
    serviceName: 'shop', intervalMs: 1000,
    rules: [{ ...gauge, alertType: 'at_once' }, { ...gauge, alertType: 'after_a_while', for: '3s' }],
  });
  evaluator.start();
  console.log('started');
  let told = false;
  setInterval(() => {
    if (!told && evaluator.stats().rounds > 0) {
      told = true;
      console.log('evaluates');
    }
  }, 50);`;

/** A process that evaluates the rules, or waits to. Answers how to wait for a line it prints. */
function startProcess(): { child: ChildProcess; said: (line: string) => Promise<void> } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: database.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  return {
    child,
    said: async (line) => {
      while (!output.includes(line)) {
        await once(child.stdout, 'data');
      }
    },
  };
}

it('goes on in another process when the one that evaluates is killed, and every alert is raised once', async () => {
  const { store } = database;
  await addPoints(store, [{ name: 'orders.waiting', value: 11, type: 'gauge' }]);
  const first = startProcess();
  await first.said('evaluates');
  const second = startProcess();
  await second.said('started');
  // Pending is stored by the first one, so that the second goes on from there.
  const readStates = async (): Promise<Record<string, unknown>[]> =>
    (
      await store.query(
        'select rule, state, fence::text as fence from observability.alert_rule_state order by rule',
      )
    ).rows;
  await expect.poll(readStates, { timeout: 10_000 }).toHaveLength(2);
  const before = await readStates();
  first.child.kill('SIGKILL');
  const killedAt = performance.now();

  await second.said('evaluates');
  const takenOverAfterMs = performance.now() - killedAt;
  await expect.poll(() => alertsOf(store, 'after_a_while'), { timeout: 20_000 }).toHaveLength(1);

  expect(before[1]).toEqual({ rule: 'at_once', state: 'firing', fence: '1' });
  expect(takenOverAfterMs).toBeLessThan(25_000);
  const found = [...(await alertsOf(store, 'at_once')), ...(await alertsOf(store, 'after_a_while'))];
  expect(found.map(({ alertType, state }) => [alertType, state])).toEqual([
    ['at_once', 'firing'],
    ['after_a_while', 'firing'],
  ]);
  const alerts = new AlertManager(store);
  const histories = await Promise.all(found.map(({ id }) => alerts.history(id)));
  expect(histories.map((history) => history.map(({ to }) => to))).toEqual([['firing'], ['firing']]);
  // The second one has waited for no more than what was left of the three seconds when it took over.
  expect((await readStates())[0]).toMatchObject({ rule: 'after_a_while', state: 'firing' });
}, 120_000);
