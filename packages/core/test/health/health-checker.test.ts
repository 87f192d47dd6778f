import { describe, expect, it, vi } from 'vitest';
import { HealthChecker } from '../../src/health/health-checker.ts';
import type { HealthCheckerOptions } from '../../src/health/health-checker.ts';
import { createQuietLogger } from '@pg-observability/testkit';
import { createDeferred } from './deferred.ts';

const never = (): Promise<never> => new Promise(() => undefined);
const aDate: unknown = expect.any(Date);
const aDuration: unknown = expect.any(Number);

function createChecker(options: HealthCheckerOptions = {}): HealthChecker {
  return new HealthChecker(undefined, { logger: createQuietLogger(), ...options });
}

describe('liveness', () => {
  it('is up whatever hangs, throws or drains', async () => {
    const throwing = (): never => {
      throw new Error('no');
    };
    const health = createChecker({ checks: { never, throwing }, startupCheck: never, timeoutMs: 10_000 });
    health.setDraining(true);
    void health.startup();

    const liveness = await health.liveness();

    expect(liveness).toEqual({ healthy: true, status: 'up', message: 'alive', checkedAt: aDate });
  });
});

describe('readiness', () => {
  it('is up when there is nothing to check', async () => {
    const readiness = await createChecker().readiness();

    expect(readiness).toEqual({
      healthy: true,
      status: 'up',
      message: 'ready',
      checkedAt: aDate,
      details: {},
    });
  });

  it('makes a failing or hanging check down and nothing else, all at once and within the time', async () => {
    const health = createChecker({
      timeoutMs: 30,
      memoryClient: { healthCheck: () => ({ healthy: false }) },
      checks: {
        fine: () => 'PONG',
        later: { check: () => new Promise((resolve) => setTimeout(resolve, 40)), timeoutMs: 5_000 },
        throws: () => {
          throw new Error('connect to redis://app:hunter2@cache:6379 failed');
        },
        rejects: () => Promise.reject(),
        hangs: never,
        optional: { check: () => false, critical: false },
      },
    });

    const { details, ...rest } = await health.readiness();

    expect(rest).toEqual({
      healthy: false,
      status: 'down',
      message: 'down: memory, throws, rejects, hangs',
      checkedAt: aDate,
    });
    expect(details).toEqual({
      memory: { status: 'down', durationMs: aDuration, message: 'the check answered that it is down' },
      fine: { status: 'up', durationMs: aDuration },
      later: { status: 'up', durationMs: aDuration },
      throws: {
        status: 'down',
        durationMs: aDuration,
        message: expect.not.stringContaining('hunter2') as unknown,
      },
      rejects: { status: 'down', durationMs: aDuration, message: 'failed without saying why' },
      hangs: { status: 'down', durationMs: aDuration, message: 'timed out after 30 ms' },
      optional: { status: 'degraded', durationMs: aDuration, message: 'the check answered false' },
    });
  });

  it('stays healthy when only something optional is missing', async () => {
    const readiness = await createChecker({
      checks: { search: { check: () => false, critical: false } },
    }).readiness();

    expect(readiness).toMatchObject({ healthy: true, status: 'degraded', message: 'degraded: search' });
  });

  it.each([
    ['false', () => false],
    ['a status', async () => ({ status: 'down' })],
    ['a rejection', () => Promise.reject(new Error('gone'))],
  ])('takes %s of the memory client for down', async (_case, healthCheck) => {
    const readiness = await createChecker({ memoryClient: { healthCheck } }).readiness();

    expect(readiness).toMatchObject({ status: 'down', message: 'down: memory' });
  });

  it('calls the memory client as a method', async () => {
    class Client {
      #isFine = true;
      healthCheck(): boolean {
        return this.#isFine;
      }
    }

    const readiness = await createChecker({ memoryClient: new Client() }).readiness();

    expect(readiness.status).toBe('up');
  });

  it('is down at once while draining, also for a probe that is under way', async () => {
    const { promise, resolve } = createDeferred<void>();
    const health = createChecker({ checks: { slow: () => promise } });
    const underWay = health.readiness();
    health.setDraining(true);

    const meanwhile = await health.readiness();
    resolve();

    const draining = { healthy: false, status: 'down', message: 'draining', checkedAt: aDate };
    expect([meanwhile, await underWay]).toEqual([draining, draining]);
    health.setDraining(false);
    expect(await health.readiness()).toMatchObject({ status: 'up' });
  });

  it('tells of changes only, in the log and to the listener, whatever the listener does', async () => {
    const logger = createQuietLogger();
    const onStatusChange = vi.fn(() => {
      throw new Error('listener');
    });
    let answer: unknown = true;
    const health = createChecker({ logger, onStatusChange, checks: { a: () => answer } });

    for (const next of [true, true, { status: 'degraded' }, false, false, { status: 'degraded' }, true]) {
      answer = next;
      await health.readiness();
    }

    const changes = onStatusChange.mock.calls as unknown as { from: string; to: string }[][];
    expect(changes.map(([change]) => [change?.from, change?.to])).toEqual([
      [undefined, 'up'],
      ['up', 'degraded'],
      ['degraded', 'down'],
      ['down', 'degraded'],
      ['degraded', 'up'],
    ]);
    expect(logger.lines.map((line) => line.slice(0, 4))).toEqual(['warn', 'info']);
  });

  it('does not reject when the listener does', async () => {
    // Typed as a listener that answers nothing, as an application's async function would be.
    const onStatusChange = (() => Promise.reject(new Error('listener'))) as () => void;

    await expect(createChecker({ onStatusChange }).readiness()).resolves.toMatchObject({ status: 'up' });
  });

  it('keeps a check of any name', async () => {
    const names = ['__proto__', 'constructor', 'a b', '度量'];
    const checks = Object.fromEntries(names.map((name) => [name, () => false]));

    const { details = {} } = await createChecker({ checks }).readiness();

    expect(Object.keys(details)).toEqual(names);
    expect(Object.values(details).map(({ status }) => status)).toEqual(names.map(() => 'down'));
  });
});

describe('startup', () => {
  it('passes at once when there is nothing to wait for', async () => {
    const health = createChecker();

    const startup = await health.startup();

    expect([startup, health.startupComplete]).toEqual([
      { healthy: true, status: 'up', message: 'started', checkedAt: aDate },
      true,
    ]);
  });

  it('is false until its check has passed once, and never runs it again', async () => {
    const answers: unknown[] = [false, new Error('not yet'), { status: 'degraded' }];
    const startupCheck = vi.fn(() => answers.shift());
    const health = createChecker({ startupCheck });

    const statuses: boolean[] = [];
    for (let i = 0; i < 5; i += 1) {
      statuses.push((await health.startup()).healthy);
    }

    expect(statuses).toEqual([false, true, true, true, true]);
    expect(startupCheck).toHaveBeenCalledTimes(2);
  });

  it('does not hang with its check', async () => {
    const startup = await createChecker({ startupCheck: never, timeoutMs: 20 }).startup();

    expect(startup).toMatchObject({ healthy: false, message: 'down: startup' });
  });
});

describe('options', () => {
  it.each([
    null,
    'options',
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', 5n, null, 2 ** 31].map((timeoutMs) => ({
      timeoutMs,
    })),
    ...[null, {}, { healthCheck: true }, 5].map((memoryClient) => ({ memoryClient })),
    ...[null, [], 5, { a: null }, { a: 'b' }, { a: {} }, { '': () => true }].map((checks) => ({ checks })),
    ...[{ critical: 'no' }, { timeoutMs: 0 }].map((settings) => ({
      checks: { a: { check: () => true, ...settings } },
    })),
    { checks: { ['x'.repeat(10_000_000)]: () => true } },
    { startupCheck: 'dim_timeframe' },
    { onStatusChange: {} },
  ])('are refused, case %$', (options) => {
    const create = (): unknown => new HealthChecker(undefined, options as never);

    expect(create).toThrow(/^\[INVALID_OPTION\] .{1,500}$/s);
  });

  it.each([null, {}, 'postgres://app:hunter2@db/app', 5])('refuse %o for a store', (store) => {
    const create = (): unknown => new HealthChecker(store as never);

    expect(create).toThrow(/^\[INVALID_ARGUMENT\] (?!.*hunter2)/);
  });
});
