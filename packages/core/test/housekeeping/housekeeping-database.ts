import { ensureObservabilityTables } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { embeddedStore } from '@pg-observability/core/embedded';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { partitionOf } from '../../src/storage/partition-bounds.ts';
import { ensurePartitions } from '../../src/storage/partitions.ts';

export const DAY_MS = 86_400_000;

/** A store with the tables, and what tests do to it. */
export interface HousekeepingDatabase {
  store: SqlStore;
  /** Undefined for the embedded store. */
  url: string | undefined;
  close(): Promise<void>;
}

/** Opens one on a database of its own. */
export async function openDatabase(kind: 'embedded' | 15 | 18): Promise<HousekeepingDatabase> {
  if (kind === 'embedded') {
    const store = embeddedStore({ dataDir: 'memory://' });
    await ensureObservabilityTables(store);
    return { store, url: undefined, close: async () => store.close?.() };
  }
  const { url } = await testDatabase({ major: kind });
  const store = postgresStore(url);
  await ensureObservabilityTables(store);
  return { store, url, close: async () => store.close?.() };
}

/** Stores spans of a day as a writer would, and answers the name of their partition. */
export async function addSpans(store: SqlStore, time: number, count = 1, bytes = 10): Promise<string> {
  await ensurePartitions(store, 'spans', [time]);
  await store.query(
    `insert into observability.spans
       (start_time, end_time, duration_ns, trace_id, span_id, operation_name, service_name, attributes)
     select to_timestamp($1::float8 / 1000), to_timestamp($1::float8 / 1000), 1,
       lpad(to_hex(n), 32, '0'), lpad(to_hex(n), 16, '0'), 'old', 'test',
       jsonb_build_object('text', (select string_agg(md5(n::text || i::text), '') from generate_series(1, $3::integer / 32 + 1) i))
     from generate_series(1, $2::integer) n`,
    [time, count, bytes],
  );
  return partitionOf('spans', time).name;
}

/** Stores metric points of a month, and answers the name of their partition. */
export async function addMetrics(store: SqlStore, time: number, count = 1): Promise<string> {
  await ensurePartitions(store, 'metrics', [time]);
  await store.query(
    `insert into observability.metrics (recorded_at, metric_value, metric_name, metric_type)
     select to_timestamp($1::float8 / 1000), 1, 'old', 'counter' from generate_series(1, $2::integer)`,
    [time, count],
  );
  return partitionOf('metrics', time).name;
}

/** Tables with the name of a partition, attached or not, in order. */
export async function partitionNames(store: SqlStore): Promise<string[]> {
  const { rows } = await store.query<{ name: string }>(
    `select relname::text as name from pg_class
     where relnamespace = 'observability'::regnamespace and relkind = 'r' and relname ~ '_p[0-9]+$' order by 1`,
  );
  return rows.map(({ name }) => name);
}
