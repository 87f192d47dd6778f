import { ensureObservabilityTables } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, testDatabase } from '@pg-observability/testkit';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ErrorRecorder } from '../../src/error-groups/error-recorder.ts';
import type { ErrorRecorderOptions } from '../../src/error-groups/error-recorder.ts';
import type { RecordedException } from '../../src/error-groups/recorded-exception.ts';
import { createLog } from '../../src/logging/log-once.ts';
import { defaultRedact } from '../../src/sanitize/redact.ts';

let store: SqlStore;
beforeAll(async () => {
  store = postgresStore((await testDatabase()).url);
  await ensureObservabilityTables(store);
}, 60_000);
afterAll(() => store.close?.());

function createRecorder(
  over: SqlStore,
  serviceName: string,
  options: Partial<ErrorRecorderOptions> = {},
): ErrorRecorder {
  return new ErrorRecorder(over, {
    redact: defaultRedact,
    log: createLog(createQuietLogger()),
    serviceName: () => serviceName,
    flushIntervalMs: 3_600_000,
    timeoutMs: 60_000,
    ...options,
  });
}

function createException(message: string, exception: Partial<RecordedException> = {}): RecordedException {
  return {
    attributes: { 'exception.type': 'Error', 'exception.message': message },
    traceId: randomUUID().replaceAll('-', ''),
    spanId: randomUUID().slice(0, 16),
    parentSpanId: undefined,
    serviceName: undefined,
    atMs: Date.now(),
    ...exception,
  };
}

async function countOf(serviceName: string): Promise<number> {
  const { rows } = await store.query<{ count: number }>(
    'select coalesce(sum(count), 0)::int as count from observability.error_groups where service_name = $1::text',
    [serviceName],
  );
  return rows[0]?.count ?? 0;
}

/** The same database, on which transactions fail in the way that is said. */
function failing(way: 'before' | 'after commit', times: number): SqlStore {
  let left = times;
  return {
    query: store.query.bind(store),
    script: store.script.bind(store),
    transaction: async (work) => {
      left -= 1;
      if (left >= 0 && way === 'before') {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      }
      const result = await store.transaction(work);
      if (left >= 0) {
        // Committed, and nobody was told.
        throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      }
      return result;
    },
  };
}

/** The same database, which can be away. */
function away(database: { isAway: boolean }): SqlStore {
  return {
    query: store.query.bind(store),
    script: store.script.bind(store),
    transaction: (work) =>
      database.isAway
        ? Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
        : store.transaction(work),
  };
}

it.each(['before', 'after commit'] as const)(
  'counts exactly once when the connection is lost %s',
  async (way) => {
    const service = randomUUID();
    const recorder = createRecorder(failing(way, 3), service);

    const outcomes: boolean[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (let n = 0; n < 10; n += 1) {
        recorder.note(createException(`failure ${n}`));
      }
      outcomes.push(await recorder.flush(60_000));
    }

    expect(outcomes).toEqual([true, true, true, true, true]);
    expect(await countOf(service)).toBe(50);
    expect(recorder.stats()).toEqual({ queued: 0, stored: 50, dropped: 0, lastError: null });
  },
);

it('keeps what it counts bounded while the database is away, and loses no count', async () => {
  const service = randomUUID();
  const database = { isAway: true };
  const recorder = createRecorder(away(database), service, { maxGroups: 10 });
  const word = (n: number): string =>
    String.fromCodePoint(97 + (n % 26)) + String.fromCodePoint(97 + Math.floor(n / 26));

  for (let round = 0; round < 5; round += 1) {
    for (let n = 0; n < 200; n += 1) {
      recorder.note(createException(`failure ${word(n)}`));
    }
    await recorder.flush(50);
  }
  const waiting = recorder.stats();
  database.isAway = false;
  await recorder.flush(60_000);

  expect(waiting).toMatchObject({
    queued: 1_000,
    stored: 0,
    lastError: expect.stringContaining('ECONNREFUSED') as string,
  });
  expect(await countOf(service)).toBe(1_000);
  const { rows } = await store.query(
    'select 1 as row from observability.error_groups where service_name = $1::text',
    [service],
  );
  expect(rows.length).toBeLessThanOrEqual(22);
});

it('keeps the number of what comes faster than it can be looked at', async () => {
  const service = randomUUID();
  const recorder = createRecorder(store, service);

  const begin = performance.now();
  for (let n = 0; n < 100_000; n += 1) {
    recorder.note(createException('flood'));
  }
  const perErrorUs = ((performance.now() - begin) * 1e3) / 100_000;
  await recorder.flush(60_000);

  expect(perErrorUs).toBeLessThan(500);
  expect(await countOf(service)).toBe(100_000);
  expect(recorder.stats()).toMatchObject({ queued: 0, stored: 100_000 });
});

it('adds up what several processes count at once', async () => {
  const service = randomUUID();
  const recorders = Array.from({ length: 4 }, () => createRecorder(store, service));

  for (const recorder of recorders) {
    for (let n = 0; n < 50; n += 1) {
      // In another order in each, which would be a deadlock without one.
      recorder.note(
        createException(['first', 'second', 'third', 'fourth'][(n + recorders.indexOf(recorder)) % 4] ?? ''),
      );
    }
  }
  await Promise.all(recorders.map((recorder) => recorder.flush(60_000)));

  expect(await countOf(service)).toBe(200);
});

it('stores times that were made up as now, and not at all what it is told after its end', async () => {
  const service = randomUUID();
  const recorder = createRecorder(store, service);
  for (const atMs of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, -1, 0]) {
    recorder.note(createException('sometime', { atMs }));
  }

  await recorder.shutdown(60_000);
  recorder.note(createException('late'));

  expect(await countOf(service)).toBe(5);
  expect(recorder.stats()).toMatchObject({ queued: 0, stored: 5, dropped: 1 });
});

it('counts as dropped what is left at the end without a database', async () => {
  const recorder = createRecorder(away({ isAway: true }), randomUUID());
  recorder.note(createException('lost'));

  await recorder.shutdown(200);

  expect(recorder.stats()).toMatchObject({ queued: 0, stored: 0, dropped: 1 });
});

it('stores by itself after the interval', async () => {
  const service = randomUUID();
  const recorder = createRecorder(store, service, { flushIntervalMs: 100 });

  recorder.note(createException('by itself'));

  await expect.poll(() => countOf(service), { timeout: 60_000 }).toBe(1);
  await recorder.shutdown(1_000);
});

it('counts what cannot be read', async () => {
  const service = randomUUID();
  const recorder = createRecorder(store, service);
  const attributes = Object.defineProperty({}, 'exception.type', {
    get: () => {
      throw new Error('no');
    },
  });

  recorder.note(createException('', { attributes }));
  await recorder.flush(60_000);
  recorder.note(createException('next'));
  await recorder.flush(60_000);

  expect(await countOf(service)).toBe(2);
});
