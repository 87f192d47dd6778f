import type { Partition } from './partition-bounds.ts';

/** Whether the table exists and is attached. */
export const partitionExists =
  'select exists (select 1 from pg_catalog.pg_inherits where inhrelid = to_regclass($1::text)) as found';

/**
 * Makes a partition beside the table and attaches it. `partition of` would wait behind every open writer; attaching takes a
 * lock that goes past them.
 */
export function createPartitionScript({ table, name, from, to }: Partition): string {
  return `set local lock_timeout = '500ms';
create table observability.${name} (like observability.${table} including all);
alter table observability.${table} attach partition observability.${name} for values from ('${from}') to ('${to}');
`;
}
