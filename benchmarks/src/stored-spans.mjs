// Fills the spans table on the server itself, in the shape of the reference span.
import { postgresStore } from '@pg-observability/core/node-postgres';
import { ensureObservabilityTables } from '@pg-observability/core';

/** Spans of one trace. */
export const TRACE_SPANS = 10;
const CHUNK_ROWS = 500_000;

/**
 * Installs the schema and stores `rows` spans, ten a trace and a millisecond apart, evenly over `days` daily partitions that
 * end with today's; returns how many are in each.
 *
 * @param {{ url: string, client: import('pg').Client, rows: number, days: number }} options
 */
export async function storeSpansByDay({ url, client, rows, days }) {
  const store = postgresStore(url);
  await ensureObservabilityTables(store);
  await store.close();
  const perDay = Math.floor(rows / days / TRACE_SPANS) * TRACE_SPANS;
  for (let daysAgo = days - 1; daysAgo >= 0; daysAgo -= 1) {
    await fillDay(client, daysAgo, perDay);
  }
  await client.query('vacuum (analyze) observability.spans');
  await client.query('checkpoint');
  return perDay;
}

/** Adds `rows` spans to the partition of that many days ago, made if it is missing. */
export async function fillDay(client, daysAgo, rows) {
  const { rows: found } = await client.query(
    "select to_char(day, 'YYYY-MM-DD') as day, to_char(day, 'YYYYMMDD') as suffix, to_char(day + interval '1 day', 'YYYY-MM-DD') as next" +
      " from (select date_trunc('day', now() at time zone 'UTC') - $1::integer * interval '1 day' as day) as d",
    [daysAgo],
  );
  const { day, next, suffix } = found[0];
  // The name that writers give a day's partition: they find it and make no other.
  await client.query(
    `create table if not exists observability.spans_p${suffix} partition of observability.spans
       for values from ('${day} 00:00:00+00') to ('${next} 00:00:00+00')`,
  );
  for (let start = 0; start < rows; start += CHUNK_ROWS) {
    const end = Math.min(rows, start + CHUNK_ROWS);
    await client.query(insertGenerated, [daysAgo, start, end, `${day} 00:00:00+00`, rows]);
  }
}

// md5 spreads the IDs as random ones are; the times grow over the day as they do in a service.
const insertGenerated = `
insert into observability.spans (
  start_time, end_time, duration_ns, scope_id, trace_id, span_id, parent_span_id, kind, status, operation_name,
  service_name, attributes)
select started, started + interval '2 milliseconds', 2000000, 1,
  md5($1::text || '/' || (n / ${TRACE_SPANS})::text), left(md5('span' || $1::text || '/' || n::text), 16),
  case when n % ${TRACE_SPANS} = 0 then null else left(md5('span' || $1::text || '/' || (n - 1)::text), 16) end,
  'SERVER', 'UNSET', 'GET /orders/:id', 'bench',
  jsonb_build_object('http.request.method', 'GET', 'http.route', '/orders/:id', 'url.path', '/orders/' || n,
    'url.scheme', 'http', 'http.response.status_code', 200, 'server.address', 'shop.example.com',
    'network.protocol.version', '1.1', 'user_agent.original', 'curl/8.7.1')
from generate_series($2::integer, $3::integer - 1) as n,
  lateral (select $4::timestamptz + n::float8 / $5::integer * interval '1 day' as started) as t`;

/** Trace IDs that were generated for a day, and when the trace began. */
export async function pickTraces(client, { days, perDay, count }) {
  const { rows } = await client.query(
    `select md5(day::text || '/' || trace::text) as trace_id,
       date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - day * interval '1 day'
         + trace::float8 * ${TRACE_SPANS} / $2::integer * interval '1 day' as started
     from (select floor(random() * $1::integer)::integer as day, floor(random() * $2::integer / ${TRACE_SPANS})::integer as trace
       from generate_series(1, $3::integer)) as p`,
    [days, perDay, count],
  );
  return rows;
}
