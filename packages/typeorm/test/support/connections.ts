import type { SqlRunner } from '@pg-observability/core';

/** How many connections to this database there are under an application name, without the one that asks. */
export async function countConnections(sql: SqlRunner, applicationName: string): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    'select count(*)::integer as count from pg_stat_activity where datname = current_database() and application_name = $1::text and pid <> pg_backend_pid()',
    [applicationName],
  );
  return rows[0]?.count ?? 0;
}

/** Ends the connections under an application name, as an administrator or a failover would. */
export async function terminateConnections(sql: SqlRunner, applicationName: string): Promise<void> {
  await sql.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1::text and pid <> pg_backend_pid()',
    [applicationName],
  );
}
