import type { SqlRunner } from '@pg-observability/core';

/** Everything the schema holds, as text: tables, columns, indexes, constraints, comments. To see whether two are alike. */
export async function readSchema(sql: SqlRunner): Promise<string[]> {
  const { rows } = await sql.query<{ line: string }>(`
    select c.relkind::text || ' ' || c.relname || coalesce(' -- ' || obj_description(c.oid), '') as line
    from pg_class c where c.relnamespace = to_regnamespace('observability')
    union all
    select 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
    from information_schema.columns where table_schema = 'observability'
    union all
    select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid)
    from pg_constraint where connamespace = to_regnamespace('observability')
    union all
    select 'index ' || indexdef from pg_indexes where schemaname = 'observability'
    union all
    select 'version ' || v.version || ' ' || v.min_compatible from observability.schema_version v
    order by 1`);
  return rows.map(({ line }) => line);
}

/** Whether the schema is there at all. */
export async function hasSchema(sql: SqlRunner): Promise<boolean> {
  const { rows } = await sql.query<{ found: boolean }>(
    "select to_regnamespace('observability') is not null as found",
  );
  return rows[0]?.found === true;
}
