import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import {
  BasicTracerProvider,
  BatchSpanProcessor as BaseBatchSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgreSQLSpanExporter } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';

let database: Awaited<ReturnType<typeof testDatabase>>;
let store: SqlStore;
beforeAll(async () => {
  database = await testDatabase();
  store = postgresStore(database.url);
});
afterAll(async () => {
  await store.close?.();
  await database.drop();
});

interface Exported {
  code: number;
  error?: Error;
}

function exportSpans(exporter: PostgreSQLSpanExporter, spans: ReadableSpan[]): Promise<Exported> {
  return new Promise((resolve) => exporter.export(spans, resolve));
}

/** Finished spans of the real SDK. */
function makeSpans(
  names: readonly string[],
  attributes: Record<string, string | number> = {},
): ReadableSpan[] {
  const spans: ReadableSpan[] = [];
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'exporter-test', 'service.version': '1.2.3' }),
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => spans.push(span),
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
    ],
  });
  const tracer = provider.getTracer('scope', '9.9');
  for (const name of names) {
    tracer.startSpan(name, { attributes }).end();
  }
  return spans;
}

async function storedNames(prefix: string): Promise<string[]> {
  const { rows } = await store.query<{ name: string }>(
    'select operation_name as name from observability.spans where operation_name like $1::text order by 1',
    [`${prefix}%`],
  );
  return rows.map(({ name }) => name);
}

async function blockedSessions(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    `select count(*)::integer as blocked from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows[0].blocked;
}

it('fits the SpanExporter type of the SDK', () => {
  const exporter: SpanExporter = new PostgreSQLSpanExporter(store);

  expect(typeof exporter.export).toBe('function');
});

it('stores a whole span: ids, times, kind, status, attributes, events, links, resource and scope', async () => {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'whole', 'service.version': '1.2.3' }),
    spanProcessors: [new SimpleSpanProcessor({ exporter: new PostgreSQLSpanExporter(store) })],
  });
  const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true };
  const span = provider.getTracer('scope', '9.9').startSpan(
    'whole span',
    {
      kind: 2,
      attributes: { 'http.request.method': 'GET', n: 1.5, flags: [true, false] },
      links: [{ context: parent }],
    },
    trace.setSpanContext(ROOT_CONTEXT, parent),
  );

  span.addEvent('halfway', { at: 'noon' });
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'went wrong' });
  span.end();
  await provider.forceFlush();

  const { rows } = await store.query<Record<string, unknown>>(
    `select s.trace_id, s.span_id, s.parent_span_id, s.parent_is_remote, s.kind, s.status, s.status_message, s.service_name,
       s.attributes, s.events -> 0 ->> 'name' as event, s.events -> 0 -> 'attributes' as event_attributes,
       s.links -> 0 ->> 'trace_id' as link, r.attributes ->> 'service.version' as version, c.name as scope,
       s.end_time >= s.start_time as ordered, s.duration_ns >= 0 as timed
     from observability.spans s join observability.scopes c using (scope_id) join observability.resources r using (resource_id)
     where s.operation_name = 'whole span'`,
  );
  expect(rows).toEqual([
    {
      trace_id: 'a'.repeat(32),
      span_id: span.spanContext().spanId,
      parent_span_id: 'b'.repeat(16),
      parent_is_remote: true,
      kind: 'CLIENT',
      status: 'ERROR',
      status_message: 'went wrong',
      service_name: 'whole',
      attributes: { 'http.request.method': 'GET', n: 1.5, flags: [true, false] },
      event: 'halfway',
      event_attributes: { at: 'noon' },
      link: 'a'.repeat(32),
      version: '1.2.3',
      scope: 'scope',
      ordered: true,
      timed: true,
    },
  ]);
});

it('works behind the batch processors of SDK 2 in both of their packages', async () => {
  const modern = new TracerProvider({
    spanProcessors: [new BatchSpanProcessor({ exporter: new PostgreSQLSpanExporter(store) })],
  });
  const classic = new BasicTracerProvider({
    spanProcessors: [new BaseBatchSpanProcessor(new PostgreSQLSpanExporter(store))],
  });

  modern.getTracer('t').startSpan('batch modern').end();
  classic.getTracer('t').startSpan('batch classic').end();
  await Promise.all([modern.shutdown(), classic.shutdown()]);

  expect(await storedNames('batch ')).toEqual(['batch classic', 'batch modern']);
});

it('stores a batch once when the answer to its COMMIT was lost', async () => {
  let lost = 0;
  const flaky: SqlStore = {
    query: (text, values) => store.query(text, values),
    script: (text) => store.script(text),
    transaction: async (work) => {
      const result = await store.transaction(work);
      if (lost < 2) {
        lost += 1;
        throw new Error('Connection terminated unexpectedly');
      }
      return result;
    },
  };
  const exporter = new PostgreSQLSpanExporter(flaky);

  const result = await exportSpans(exporter, makeSpans(['once 1', 'once 2']));

  expect(result).toEqual({ code: 0 });
  expect(await storedNames('once ')).toEqual(['once 1', 'once 2']);
  expect(exporter.stats().retried).toBe(2);
});

it('reports failure within its time while the database is away, and never throws', async () => {
  const away = postgresStore('postgres://app:hunter2@127.0.0.1:1/none');
  const exporter = new PostgreSQLSpanExporter(away, { exportTimeoutMs: 300 });

  const result = await exportSpans(exporter, makeSpans(['away']));

  expect(result.code).toBe(1);
  expect(result.error?.message).not.toContain('hunter2');
});

it('stores 999 of 1,000 when one row cannot be stored', async () => {
  const spans = makeSpans(Array.from({ length: 1_000 }, (_, index) => `poison ${index}`));
  const refusing: SqlStore = {
    query: (text, values) => store.query(text, values),
    script: (text) => store.script(text),
    transaction: (work) =>
      store.transaction((sql) =>
        work({
          query: (text, values) => {
            if (typeof values?.[0] === 'string' && values[0].includes('"poison 500"')) {
              throw Object.assign(new Error('unsupported Unicode escape sequence'), { code: '22P05' });
            }
            return sql.query(text, values);
          },
        }),
      ),
  };
  const exporter = new PostgreSQLSpanExporter(refusing);

  const result = await exportSpans(exporter, spans);

  expect(result).toEqual({ code: 0 });
  expect(exporter.stats()).toMatchObject({ stored: 999, dropped: { poison: 1 } });
  expect((await storedNames('poison ')).length).toBe(999);
});

it('mends hostile strings and values', async () => {
  const exporter = new PostgreSQLSpanExporter(store);
  const spans = makeSpans(['hostile \u0000 \ud800 name'], {
    'nul\u0000key': 'a\u0000b',
    lone: 'x\udfff',
    quote: `'; drop schema observability; --`,
    huge: 'y'.repeat(10_000_000),
    infinite: Number.POSITIVE_INFINITY,
    __proto__x: 'z',
  });

  const result = await exportSpans(exporter, spans);

  const { rows } = await store.query<{ attributes: Record<string, unknown> }>(
    "select attributes from observability.spans where operation_name like 'hostile%'",
  );
  expect(result).toEqual({ code: 0 });
  expect(rows[0]?.attributes).toMatchObject({
    'nul\ufffdkey': 'a\ufffdb',
    lone: 'x\ufffd',
    quote: `'; drop schema observability; --`,
    infinite: 'Infinity',
    __proto__x: 'z',
  });
  expect(String(rows[0]?.attributes['huge']).length).toBeLessThan(20_000);
});

it('masks secrets in attributes, messages and events', async () => {
  const spans: ReadableSpan[] = [];
  const provider = new TracerProvider({
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => spans.push(span),
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
    ],
  });
  const span = provider.getTracer('t').startSpan('secretive', {
    attributes: {
      'http.request.header.authorization': 'Bearer abc',
      'url.full': 'https://u:hunter2@host/?token=hunter2',
    },
  });
  span.recordException(new Error('cannot connect to postgres://app:hunter2@db'));
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'postgres://app:hunter2@db failed' });
  span.end();

  await exportSpans(new PostgreSQLSpanExporter(store), spans);

  const { rows } = await store.query(
    "select attributes::text || events::text || status_message as all_text from observability.spans where operation_name = 'secretive'",
  );
  expect(rows[0]?.['all_text']).not.toContain('hunter2');
  expect(rows[0]?.['all_text']).not.toContain('Bearer abc');
});

it('leaves out what is not sampled and counts what is out of the window', async () => {
  const exporter = new PostgreSQLSpanExporter(store);
  const [span] = makeSpans(['window']);
  const old = Object.create(span as object, { startTime: { value: [1_000_000_000, 0] } }) as ReadableSpan;
  const far = Object.create(span as object, {
    startTime: { value: [294_277 * 31_557_600, 0] },
  }) as ReadableSpan;
  const unsampled = Object.create(span as object, {
    spanContext: { value: () => ({ ...(span as ReadableSpan).spanContext(), traceFlags: 0 }) },
  }) as ReadableSpan;

  const result = await exportSpans(exporter, [old, far, unsampled]);

  expect(result).toEqual({ code: 0 });
  expect(exporter.stats()).toEqual({ stored: 0, dropped: { out_of_window: 2 }, retried: 0 });
});

it('fails exports after shutdown, finishes those before, and leaves the store open', async () => {
  const exporter = new PostgreSQLSpanExporter(store);
  const before = exportSpans(exporter, makeSpans(['shutdown before']));

  await exporter.shutdown();
  const after = await exportSpans(exporter, makeSpans(['shutdown after']));
  const answer = await store.query('select 1::integer as one');

  expect([(await before).code, after.code]).toEqual([0, 1]);
  expect(answer.rows).toEqual([{ one: 1 }]);
});

it('runs concurrent exports one after the other and flushes them all', async () => {
  const exporter = new PostgreSQLSpanExporter(store);
  const results: number[] = [];

  for (const name of ['many 1', 'many 2', 'many 3']) {
    exporter.export(makeSpans([name]), ({ code }) => results.push(code));
  }
  await exporter.forceFlush();

  expect(results).toEqual([0, 0, 0]);
  expect(await storedNames('many ')).toEqual(['many 1', 'many 2', 'many 3']);
});

it('encodes one batch ahead while the database stores, and no more', async () => {
  const exporter = new PostgreSQLSpanExporter(store);
  await exportSpans(exporter, makeSpans(['ahead 0']));
  const encoded: string[] = [];
  const watched = (name: string): ReadableSpan[] =>
    makeSpans([name]).map((span) =>
      Object.create(span, {
        spanContext: { value: () => span.spanContext() },
        attributes: {
          get: () => {
            encoded.push(name);
            return span.attributes;
          },
        },
      }),
    );
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('begin; lock table observability.spans in access exclusive mode');

  const results = ['ahead 1', 'ahead 2', 'ahead 3'].map((name) => exportSpans(exporter, watched(name)));
  await expect.poll(() => new Set(encoded)).toEqual(new Set(['ahead 1', 'ahead 2']));
  await expect.poll(async () => blockedSessions(client)).toBe(1);
  const whileBlocked = new Set(encoded);
  await client.query('rollback');
  await client.end();

  expect(whileBlocked).toEqual(new Set(['ahead 1', 'ahead 2']));
  expect(await Promise.all(results)).toEqual([{ code: 0 }, { code: 0 }, { code: 0 }]);
  expect(await storedNames('ahead')).toEqual(['ahead 0', 'ahead 1', 'ahead 2', 'ahead 3']);
});

it('stores what it can beside spans and resources that cannot be read', async () => {
  const exporter = new PostgreSQLSpanExporter(store);
  const [unreadable, waiting] = makeSpans(['unreadable 1', 'unreadable 2']);
  const hostile = Object.create(unreadable as ReadableSpan, {
    spanContext: {
      value: () => {
        throw new Error('not now');
      },
    },
  }) as ReadableSpan;
  const resource = Object.create((waiting as ReadableSpan).resource, {
    asyncAttributesPending: { value: true },
    waitForAsyncAttributes: { value: () => Promise.reject(new Error('no metadata server')) },
  }) as ReadableSpan['resource'];
  const undetected = Object.create(waiting as ReadableSpan, {
    resource: { value: resource },
  }) as ReadableSpan;

  const first = exportSpans(exporter, [hostile, undetected]);
  const second = exportSpans(exporter, makeSpans(['unreadable 3']));

  expect(await first).toEqual({ code: 0 });
  expect(await second).toEqual({ code: 0 });
  expect(await storedNames('unreadable')).toEqual(['unreadable 2', 'unreadable 3']);
  expect(exporter.stats().dropped).toEqual({ unreadable: 1 });
});

it('keeps what it was given, whatever becomes of the list', async () => {
  const exporter = new PostgreSQLSpanExporter(store, { maxPendingSpans: 3 });
  const spans = makeSpans(['list 1', 'list 2']);

  const first = exportSpans(exporter, spans);
  spans.length = 0;
  expect(await first).toEqual({ code: 0 });
  const second = await exportSpans(exporter, makeSpans(['list 3', 'list 4', 'list 5']));

  expect(second).toEqual({ code: 0 });
  expect(await storedNames('list')).toEqual(['list 1', 'list 2', 'list 3', 'list 4', 'list 5']);
});

it('fails what is not a list, counts it, and goes on', async () => {
  const exporter = new PostgreSQLSpanExporter(store);
  const { proxy: revoked, revoke } = Proxy.revocable<ReadableSpan[]>([], {});
  revoke();
  const wrong = [undefined, null, 'spans', 42, {}, new Map(), { length: -1 }, revoked];

  const results = await Promise.all(wrong.map((spans) => exportSpans(exporter, spans as never)));
  const next = await exportSpans(exporter, [undefined, null, 'span', ...makeSpans(['no list'])] as never);
  exporter.export(makeSpans(['no callback']), undefined as never);
  await exporter.forceFlush();

  expect(results.map(({ code }) => code)).toEqual(wrong.map(() => 1));
  expect(results[0]?.error?.message).toBe('Spans not exported: a list of spans is expected.');
  expect(next).toEqual({ code: 0 });
  expect(exporter.stats().dropped).toEqual({ unreadable: wrong.length + 3 });
  expect(await storedNames('no ')).toEqual(['no callback', 'no list']);
});

it('survives a callback that throws', async () => {
  const exporter = new PostgreSQLSpanExporter(store);

  exporter.export(makeSpans(['callback']), () => {
    throw new Error('not our problem');
  });
  await exporter.forceFlush();
  const next = await exportSpans(exporter, makeSpans(['callback next']));

  expect(next).toEqual({ code: 0 });
});

it('refuses what is not a store', () => {
  for (const wrong of [undefined, null, 'postgres://app:hunter2@db', 42, {}]) {
    expect(() => new PostgreSQLSpanExporter(wrong as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
    );
  }
});
