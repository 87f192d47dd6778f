import type { SqlStore } from '@pg-observability/core';

/**
 * Starts calls that all want one row while a transaction holds it, so that they race: each has begun, with its view of the
 * database, before the first can go on. Where a store has one session the calls queue, which is as good.
 * @param lock a statement that locks the row, with its values
 */
export async function startBehindLock<Result>(
  store: SqlStore,
  lock: readonly [text: string, ...values: unknown[]],
  calls: readonly (() => Promise<Result>)[],
): Promise<Result[]> {
  const [text, ...values] = lock;
  const started = await store.transaction(async (sql) => {
    await sql.query(text, values);
    const results = Promise.all(calls.map((call) => call()));
    // The rejection is heard below; until then it must not count as unhandled.
    results.catch(() => undefined);
    // Round trips instead of a sleep: what the calls have sent arrives in the meantime.
    for (let roundTrip = 0; roundTrip < 50; roundTrip += 1) {
      await sql.query('select 1');
    }
    // In an object, or the transaction would wait for calls that wait for it.
    return { results };
  });
  return started.results;
}
