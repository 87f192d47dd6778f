import { memoryStore } from '@pg-observability/core/testing';
import { createQuietLogger, createUnreliableStore } from '@pg-observability/testkit';
import { describe, expect, it } from 'vitest';
import { databaseCheck, HealthChecker, rabbitmqCheck, redisCheck } from '../../../src/index.ts';
import type { HealthCheckDetail, HealthCheckFunction } from '../../../src/index.ts';

async function look(check: HealthCheckFunction): Promise<HealthCheckDetail | undefined> {
  const health = new HealthChecker(undefined, {
    checks: { it: check },
    logger: createQuietLogger(),
    timeoutMs: 10_000,
  });
  return (await health.readiness()).details?.['it'];
}

class Client {
  readonly asked: unknown[] = [];
  readonly #answer: () => unknown;
  constructor(answer: () => unknown) {
    this.#answer = answer;
  }
  async ping(): Promise<unknown> {
    return this.#answer();
  }
  async checkExchange(exchange: string): Promise<unknown> {
    this.asked.push(exchange);
    return this.#answer();
  }
}
const away = (): never => {
  throw new Error('connect ECONNREFUSED redis://app:hunter2@cache:6379');
};

describe('redisCheck', () => {
  it.each([
    [() => 'PONG', 'up', undefined],
    [() => Buffer.from('PONG'), 'up', undefined],
    [() => 'LOADING', 'down', 'answered "LOADING" in place of PONG'],
    [() => undefined, 'down', 'answered undefined in place of PONG'],
    [away, 'down', expect.stringMatching(/ECONNREFUSED (?!.*hunter2)/)],
  ])('reads the answer, case %$', async (answer, status, message) => {
    const detail = await look(redisCheck(new Client(answer)));

    expect([detail?.status, detail?.message]).toEqual([status, message]);
  });
});

describe('rabbitmqCheck', () => {
  it('asks for an exchange that every broker has, or for the one it is given', async () => {
    const client = new Client(() => ({}));

    const details = [await look(rabbitmqCheck(client)), await look(rabbitmqCheck(client, 'orders'))];

    expect(details.map((detail) => detail?.status)).toEqual(['up', 'up']);
    expect(client.asked).toEqual(['amq.direct', 'orders']);
  });

  it('is down where the channel is closed', async () => {
    const detail = await look(rabbitmqCheck(new Client(away)));

    expect(detail?.status).toBe('down');
  });
});

describe('databaseCheck', () => {
  it('asks a store that is not that of the checker', async () => {
    const store = createUnreliableStore(memoryStore());
    const check = databaseCheck(store);
    const up = await look(check);
    store.isAway = true;

    const down = await look(check);

    expect([up?.status, down?.status, store.queries]).toEqual(['up', 'down', 2]);
  });
});

it.each([
  ...[undefined, null, 5, 'redis://app:hunter2@cache', {}, { ping: true }].map(
    (client) => () => redisCheck(client as never),
  ),
  ...[undefined, null, {}, { checkExchange: 'x' }].map((channel) => () => rabbitmqCheck(channel as never)),
  ...['', 5, null, 'x'.repeat(256)].map(
    (exchange) => () => rabbitmqCheck(new Client(away), exchange as never),
  ),
  ...[undefined, null, {}, 'postgres://app:hunter2@db'].map((store) => () => databaseCheck(store as never)),
])('refuse what is no client, case %$', (create) => {
  expect(create).toThrow(/^\[INVALID_ARGUMENT\] (?!.*hunter2).{1,400}$/s);
});
