// S9: bytes of a stored reference span with every index, beside a plain jsonb table with two indexes and the same spans.
import { PostgreSQLSpanExporter } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { selectNumber, withDatabase } from './database.mjs';
import { exportInBatches, makeSpans } from './reference-spans.mjs';

const BATCH_SPANS = 1_000;
const naiveTable = `
create table naive_spans (
  trace_id text, span_id text, parent_span_id text, name text, service_name text, start_time timestamptz, end_time timestamptz,
  status text, attributes jsonb);
create index on naive_spans (trace_id);
create index on naive_spans (start_time);
insert into naive_spans
select trace_id, span_id, parent_span_id, operation_name, service_name, start_time, end_time, status, attributes
from observability.spans limit 0`;
// In the order and the portions in which the exporter stores, so that both indexes grow alike.
const copyToNaive = `
insert into naive_spans
select trace_id, span_id, parent_span_id, operation_name, service_name, start_time, end_time, status, attributes
from observability.spans order by start_time offset $1::integer limit $2::integer`;
const ourBytes = `select sum(pg_total_relation_size(relid)) from pg_partition_tree('observability.spans')`;
const heapBytes = `select sum(pg_relation_size(relid)) from pg_partition_tree('observability.spans') where isleaf`;
const indexBytes = `
select i.relname as name, pg_relation_size(i.oid)::float8 as bytes
from pg_partition_tree('observability.spans') t join pg_index x on x.indrelid = t.relid join pg_class i on i.oid = x.indexrelid
where t.isleaf order by 1`;

async function bytesByColumn(client) {
  const { rows: columns } = await client.query(
    "select attname from pg_attribute where attrelid = 'observability.spans'::regclass and attnum > 0 and not attisdropped order by attnum",
  );
  const sizes = columns.map(
    ({ attname }) => `coalesce(sum(pg_column_size("${attname}")), 0)::float8 / count(*) as "${attname}"`,
  );
  const { rows } = await client.query(`select ${sizes.join(', ')} from observability.spans`);
  return Object.entries(rows[0])
    .filter(([, bytes]) => bytes > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, bytes]) => `${name} ${Math.round(bytes)}`);
}

/** The same spans in the same portions, through the exporter and into the plain table. */
async function storeBoth(url, client, count) {
  const store = postgresStore(url);
  const exporter = new PostgreSQLSpanExporter(store);
  for (let stored = 0; stored < count; stored += 10_000) {
    await exportInBatches(exporter, makeSpans(10_000), BATCH_SPANS);
  }
  await store.close();
  await client.query(naiveTable);
  for (let stored = 0; stored < count; stored += BATCH_SPANS * 10) {
    await client.query(copyToNaive, [stored, BATCH_SPANS * 10]);
  }
}

export function storedBytes({ quick }) {
  const count = quick ? 50_000 : 200_000;
  return withDatabase(async ({ url, client }) => {
    await storeBoth(url, client, count);
    const stored = await selectNumber(client, 'select count(*) from observability.spans');
    if (stored !== count) {
      throw new Error(`${count} spans were exported, ${stored} are stored.`);
    }
    const ours = (await selectNumber(client, ourBytes)) / count;
    const naive = (await selectNumber(client, "select pg_total_relation_size('naive_spans')")) / count;
    const heap = (await selectNumber(client, heapBytes)) / count;
    const { rows: indexes } = await client.query(indexBytes);
    const byIndex = indexes.map(
      ({ name, bytes }) => `${name.replace(/^spans_\d+_/, '')} ${Math.round(bytes / count)}`,
    );
    return {
      rows: [
        {
          what: `bytes of a stored span, all indexes, of ${count.toLocaleString('en')}`,
          ours,
          peer: naive,
          peerName: 'plain jsonb table, 2 indexes',
          unit: 'B',
          valueAtMost: 480,
        },
      ],
      details: [
        `S9: heap ${Math.round(heap)} B; indexes: ${byIndex.join(', ')} B.`,
        `S9: by column, without the row's header: ${(await bytesByColumn(client)).join(', ')} B.`,
      ],
    };
  });
}
