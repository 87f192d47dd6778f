import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureObservabilityTables } from '@pg-observability/core';
import type { SqlRow, SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { createPartitionScript } from '../../src/storage/partitions.sql.ts';
import { partitionOf } from '../../src/storage/partition-bounds.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let store: SqlStore;
beforeAll(async () => {
  database = await testDatabase();
  store = postgresStore(database.url);
  await ensureObservabilityTables(store);
  await store.script(createPartitionScript(partitionOf('spans', Date.UTC(2026, 0, 5))));
  await store.script(createPartitionScript(partitionOf('spans', Date.UTC(2026, 0, 6))));
  await store.query(insertSpans);
  await store.query('vacuum (analyze) observability.spans');
});
afterAll(async () => {
  await store.close?.();
  await database.drop();
});

// Two days of 40,000 spans, ten a trace; each hundredth trace has a correlation ID of its own.
const insertSpans = `
  insert into observability.spans (start_time, end_time, duration_ns, trace_id, span_id, operation_name, service_name,
    correlation_id, attributes)
  select t, t, 0, md5((n / 10)::text), left(md5('span' || n), 16), 'GET /orders/:id', 'shop',
    case when n / 10 % 100 = 0 then 'order-' || n / 10 end, jsonb_build_object('url.path', repeat('/orders', 20))
  from generate_series(0, 79999) as n,
    lateral (select timestamptz '2026-01-05 00:00+00' + n * interval '2.1 seconds' as t) as times`;

/** How often each index of a day of spans was looked into. */
async function indexScans(): Promise<Record<string, number>> {
  // What a session has counted is told to others when it comes to rest, or before its next statement where it was asked to.
  await store.query('select pg_stat_force_next_flush()');
  const { rows } = await store.query<{ name: string; scans: number }>(
    `select indexrelname as name, idx_scan::integer as scans from pg_stat_user_indexes where relname like 'spans_p%'`,
  );
  return Object.fromEntries(rows.map(({ name, scans }) => [name, scans]));
}

/** How PostgreSQL reads the partitions of spans for a statement. */
async function scansOf(text: string): Promise<string[]> {
  const { rows } = await store.query<Record<string, string>>(`explain (costs off) ${text}`);
  const lines = rows.map((row) => (row['QUERY PLAN'] ?? '').replace(/^\s*(->\s*)?/, ''));
  return lines.filter((line) => line.includes('Scan') && line.includes('spans_p')).map(withoutAlias);
}

function withoutAlias(line: string): string {
  return line.replace(/^(.*Scan) (?:using|on) (\S+).*$/, '$1 $2');
}

it('finds a trace by its ID through the index of each day', async () => {
  const text = "select * from observability.spans where trace_id = md5('77')";

  const scans = await scansOf(text);

  expect(scans.filter((scan) => scan.startsWith('Seq'))).toEqual([]);
  expect(scans.filter((scan) => scan.includes('trace_id_idx'))).toHaveLength(2);
});

it('reads one day where a time is given', async () => {
  const text = `select * from observability.spans where trace_id = md5('77')
    and start_time >= '2026-01-05 00:00+00' and start_time < '2026-01-05 02:00+00'`;

  const scans = await scansOf(text);

  expect(scans.filter((scan) => scan.includes('20260105')).length).toBeGreaterThan(0);
  expect(scans.filter((scan) => scan.includes('20260106'))).toEqual([]);
});

it.each(['order-100', 'no-such-order'])(
  'finds the spans of correlation ID %s through indexes',
  async (id) => {
    const scans = await scansOf(`select * from observability.v_spans where correlation_id = '${id}'`);

    expect(scans.filter((scan) => scan.startsWith('Seq'))).toEqual([]);
  },
);

it('finds spans by a correlation ID of their own and by the trace ID that stands in for it', async () => {
  const { rows } = await store.query(
    `select (select count(*)::integer from observability.v_spans where correlation_id = 'order-100') as own,
       (select count(*)::integer from observability.v_spans where correlation_id = md5('101')) as traces,
       (select count(*)::integer from observability.v_spans where correlation_id = md5('100')) as replaced,
       (select count(*)::integer from observability.v_spans) as spans`,
  );

  expect(rows).toEqual([{ own: 10, traces: 10, replaced: 0, spans: 80_000 }]);
});

it('reads a part of a day through the index on its times', async () => {
  const text = `select count(*) from observability.spans
    where start_time >= '2026-01-06 22:00+00' and start_time < '2026-01-06 23:00+00'`;

  const scans = await scansOf(text);

  expect(scans).toEqual([
    'Bitmap Heap Scan spans_p20260106',
    'Bitmap Index Scan spans_p20260106_start_time_idx',
  ]);
});

describe('observability.trace', () => {
  const rowsOf = async (call: string): Promise<SqlRow[]> => (await store.query(`select * from ${call}`)).rows;

  it.each(['100', '101'])('answers what the view has of trace %s, oldest first', async (trace) => {
    const ofView = await rowsOf(
      `(select * from observability.v_spans where trace_id = md5('${trace}') order by start_time) as v`,
    );

    expect(ofView).toHaveLength(10);
    expect(await rowsOf(`observability.trace(md5('${trace}'))`)).toEqual(ofView);
    expect(await rowsOf(`observability.trace(md5('${trace}'), '2026-01-05 00:40+00')`)).toEqual(ofView);
  });

  it('has the columns of the view, filled from span, scope and resource', async () => {
    const resourceId = '7000000000000000001';
    await store.script(`
      insert into observability.resources (resource_id, service_name, attributes)
        values (${resourceId}, 'shop', '{"service.name": "shop", "host.name": "one"}');
      insert into observability.scopes (scope_id, resource_id, name, version) values (${resourceId}, ${resourceId}, 'http', '1.2');
      insert into observability.spans (start_time, end_time, duration_ns, scope_id, trace_id, span_id, parent_span_id, kind,
        status, operation_name, service_name, status_message, correlation_id, attributes, events, links)
      values ('2026-01-06 12:00+00', '2026-01-06 12:00:01+00', 1000000001, ${resourceId}, repeat('c', 32), repeat('d', 16),
        repeat('e', 16), 'SERVER', 'ERROR', 'POST /orders', 'shop', 'no stock', 'mine', '{"a": 1}', '[{"name": "event"}]',
        '[{"trace_id": "other"}]')`);

    const [ofView] = await rowsOf("observability.v_spans where trace_id = repeat('c', 32)");

    expect(Object.values(ofView ?? {}).filter((value) => value === null)).toEqual([]);
    expect(await rowsOf("observability.trace(repeat('c', 32))")).toEqual([ofView]);
  });

  it('looks once into each day, and only into those that are near', async () => {
    const scansDuring = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
      const before = await indexScans();
      await work();
      const after = await indexScans();
      const grown = Object.keys(after).filter((index) => after[index] !== before[index]);
      return Object.fromEntries(grown.map((index) => [index, (after[index] ?? 0) - (before[index] ?? 0)]));
    };

    const anywhere = await scansDuring(() => rowsOf("observability.trace(md5('101'))"));
    const near = await scansDuring(() => rowsOf("observability.trace(md5('101'), '2026-01-04 06:00+00')"));

    expect(anywhere).toEqual({ spans_p20260105_trace_id_idx: 1, spans_p20260106_trace_id_idx: 1 });
    expect(near).toEqual({ spans_p20260105_trace_id_idx: 1 });
  });

  it('answers nothing for a trace that is not there, or not near', async () => {
    expect(await rowsOf("observability.trace('none')")).toEqual([]);
    expect(await rowsOf('observability.trace(null)')).toEqual([]);
    expect(await rowsOf("observability.trace(md5('100'), '2026-01-07 12:00+00')")).toEqual([]);
  });
});
