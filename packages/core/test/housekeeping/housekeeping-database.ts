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

/**
 * Stores workflows that belong together, most of them finished two years ago: `running root > finished child > finished
 * grandchild`, `finished root > finished child > running grandchild`, `finished root > finished child`, and two that are
 * each other's parents. Answers the names of those that have to stay.
 */
export async function addWorkflowFamilies(store: SqlStore): Promise<string[]> {
  const id = (n: number): string => `00000000-0000-4000-9000-00000000000${n}`;
  const family: [n: number, name: string, parent: number | null, isRunning: boolean][] = [
    [1, 'running root', null, true],
    [2, 'its child', 1, false],
    [3, 'its grandchild', 2, false],
    [4, 'root of a running one', null, false],
    [5, 'child with a running one', 4, false],
    [6, 'running grandchild', 5, true],
    [7, 'finished root', null, false],
    [8, 'finished child', 7, false],
    [9, 'circle, one', 0, false],
    [0, 'circle, two', 9, false],
  ];
  await store.query(
    `insert into observability.workflow_state
       (workflow_id, workflow_type, current_phase, status, parent_workflow_id, created_at, finished_at)
     select f.id, f.name, 'p', case when f.running then 'running' else 'completed' end, f.parent, now() - interval '3 years',
       case when not f.running then now() - interval '2 years' end
     from jsonb_to_recordset($1::jsonb) as f (id uuid, name text, parent uuid, running boolean)`,
    [
      JSON.stringify(
        family.map(([n, name, parent, running]) => ({
          id: id(n),
          name,
          parent: parent === null ? null : id(parent),
          running,
        })),
      ),
    ],
  );
  return family.filter(([n]) => n >= 1 && n <= 6).map(([, name]) => name);
}

/** Types of all workflows, in order. */
export async function workflowTypes(store: SqlStore): Promise<string[]> {
  const { rows } = await store.query<{ workflow_type: string }>(
    'select workflow_type from observability.workflow_state order by workflow_id',
  );
  return rows.map(({ workflow_type: type }) => type);
}
