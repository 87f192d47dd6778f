import { setTimeout as delay } from 'node:timers/promises';
import { selectNumber } from '../database.mjs';

/** Counts what has arrived where a variant sends its spans, and waits until it is what was sent. */
export function watchArrivals({ client, sink }) {
  const count = async (variant) =>
    variant === 'stock'
      ? (await sink.ask('counts')).spans
      : selectNumber(client, 'select count(*) from observability.spans');
  return {
    /** Before the first span nothing is installed. */
    count: async (variant) => {
      const installed = await selectNumber(
        client,
        "select count(*) from pg_tables where schemaname = 'observability' and tablename = 'spans'",
      );
      return variant === 'stock' || installed === 1 ? count(variant) : 0;
    },
    /** @throws when `expected` have not arrived within 20 s, or more have. */
    waitFor: async (variant, expected) => {
      const deadline = performance.now() + 20_000;
      let arrived = await count(variant);
      while (arrived < expected && performance.now() < deadline) {
        await delay(10);
        arrived = await count(variant);
      }
      if (arrived !== expected) {
        throw new Error(`${variant}: ${expected} spans were sent, ${arrived} arrived.`);
      }
    },
  };
}
