import { createRandom } from '@pg-observability/testkit';
import { expect, it } from 'vitest';
import { decodeCopyRows } from '../../src/ingest/copy-text.ts';
import { SPAN_COLUMNS } from '../../src/ingest/ingest-columns.ts';
import { releaseRows } from '../../src/ingest/row-buffer.ts';
import { cleanAttributes } from '../../src/sanitize/clean-json.ts';
import { createRedact, defaultRedact } from '../../src/sanitize/redact.ts';
import type { ReadableSpan } from '../../src/tracing/opentelemetry-types.ts';
import { SpanBatchBuilder } from '../../src/tracing/span-batch-builder.ts';
import { SpanEncoder } from '../../src/tracing/span-encoder.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const resource = { attributes: { 'service.name': 'encoder-test' } };
const instrumentationScope = { name: 'test' };

function makeSpan(changes: Partial<ReadableSpan> & { traceId?: string; spanId?: string } = {}): ReadableSpan {
  const { traceId = TRACE_ID, spanId = SPAN_ID, ...rest } = changes;
  return {
    name: 'span',
    kind: 0,
    spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
    startTime: [1_700_000_000, 123_456_789],
    endTime: [1_700_000_000, 223_456_789],
    duration: [0, 100_000_000],
    status: { code: 0 },
    attributes: {},
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...rest,
  };
}

type Row = Record<string, string | null>;

function encodeAll(spans: readonly ReadableSpan[], builder = createBuilder()): Row[] {
  spans.forEach((span) => builder.add(span, false));
  const { rows } = builder.cut(0).batch;
  const decoded = decodeCopyRows(rows).map((fields) =>
    Object.fromEntries(SPAN_COLUMNS.map((column, at) => [column, fields[at] ?? null])),
  );
  releaseRows(rows);
  return decoded;
}

function createBuilder(): SpanBatchBuilder {
  return new SpanBatchBuilder(new SpanEncoder(defaultRedact));
}

/** Attributes as applications have them: the same few names and values again and again, and now and then anything. */
function randomAttributes(random: () => number): Record<string, unknown> {
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)] as Value;
  const names = [
    'http.request.method',
    'url.path',
    'server.port',
    'user.password',
    'url.full',
    'quoted "name"\t\\',
    '__proto__',
    'näme',
    'db.query.text',
    'n',
  ];
  const values = [
    'GET',
    'GET',
    'GET',
    `/orders/${Math.floor(random() * 5)}`,
    'https://user:hunter2@example.com/?token=abc',
    'tab\tnewline\nreturn\rbackslash\\ quote" ü 😀 \ud800 \0',
    '',
    'x'.repeat(300),
    'y'.repeat(20_000),
    200,
    200,
    0,
    -0,
    -5,
    1.5,
    1e21,
    2 ** 31,
    2 ** 53,
    9_007_199_254_740_991,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    10n,
    true,
    true,
    false,
    null,
    undefined,
    ['a', 1, null],
    { nested: { token: 'secret' } },
  ];
  const entries = names
    .filter(() => random() < 0.7)
    .map((name) => [name, random() < 0.6 ? 'GET' : pick(values)] as const);
  return Object.fromEntries(entries);
}

it.each([1, 2, 3])('writes what the cleaner makes of attributes, whatever came before (seed %i)', (seed) => {
  const random = createRandom(seed);
  const attributes = Array.from({ length: 2_000 }, () => randomAttributes(random));

  const rows = encodeAll(attributes.map((each) => makeSpan({ attributes: each })));

  const expected = attributes.map((each) => cleanAttributes(each, { redact: defaultRedact }));
  expect(rows.map((row) => JSON.parse(row['attributes'] ?? '') as unknown)).toEqual(
    expected.map((each) => JSON.parse(JSON.stringify(each)) as unknown),
  );
});

it('asks a rule of the user each time', () => {
  let asked = 0;
  const redact = createRedact((_key, value) => {
    asked += value === 'a' ? 1 : 0;
    return value === 'a' ? `[${asked}]` : value;
  });
  const builder = new SpanBatchBuilder(new SpanEncoder(redact));

  const rows = encodeAll(
    [1, 2, 3].map(() => makeSpan({ attributes: { letter: 'a' } })),
    builder,
  );

  expect(rows.map((row) => row['attributes'])).toEqual([
    '{"letter":"[1]"}',
    '{"letter":"[2]"}',
    '{"letter":"[3]"}',
  ]);
});

it('leaves out what attributes inherit, and keeps objects of other make', () => {
  class Inheriting {
    own = 1;
  }
  Object.assign(Inheriting.prototype, { inherited: 2 });
  const withoutPrototype = Object.assign(Object.create(null) as Record<string, unknown>, { own: 3 });

  const rows = encodeAll([
    makeSpan({ attributes: new Inheriting() as unknown as Record<string, unknown> }),
    makeSpan({ attributes: withoutPrototype }),
  ]);

  expect(rows.map((row) => row['attributes'])).toEqual(['{"own":1}', '{"own":3}']);
});

it('writes every field of a plain span and of a full one', () => {
  const link = {
    context: { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 },
    attributes: { why: 'retry' },
  };
  const full = makeSpan({
    name: 'name\twith a tab',
    kind: 1,
    startTime: [1_700_000_000, 999_999_999],
    endTime: [1_700_000_003, 5_000],
    duration: [2, 1_000_005_001],
    status: { code: 2, message: 'it\nfailed' },
    parentSpanContext: { traceId: TRACE_ID, spanId: '00f067aa0ba902b7', traceFlags: 1, isRemote: true },
    attributes: { 'correlation.id': 'order-7' },
    events: [{ name: 'exception', time: [1_700_000_001, 0], attributes: { 'exception.type': 'Error' } }],
    links: [link],
    droppedAttributesCount: 3,
  });

  const [plain, filled] = encodeAll([makeSpan(), full]);

  expect(plain).toMatchObject({
    trace_id: TRACE_ID,
    span_id: SPAN_ID,
    parent_span_id: null,
    start_time: '2023-11-14T22:13:20.123456+00',
    end_time: '2023-11-14T22:13:20.223456+00',
    duration_ns: '100000000',
    kind: 'INTERNAL',
    status: 'UNSET',
    operation_name: 'span',
    attributes: '{}',
    service_name: 'encoder-test',
    correlation_id: null,
    parent_is_remote: null,
    events: null,
    dropped_links_count: null,
  });
  expect(filled).toMatchObject({
    parent_span_id: '00f067aa0ba902b7',
    start_time: '2023-11-14T22:13:20.999999+00',
    end_time: '2023-11-14T22:13:23.000005+00',
    duration_ns: '3000005001',
    kind: 'SERVER',
    status: 'ERROR',
    operation_name: 'name\twith a tab',
    correlation_id: 'order-7',
    parent_is_remote: 't',
    status_message: 'it\nfailed',
    dropped_attributes_count: '3',
    dropped_events_count: null,
  });
  expect(JSON.parse(filled?.['links'] ?? '')).toEqual([
    { trace_id: TRACE_ID, span_id: SPAN_ID, attributes: { why: 'retry' } },
  ]);
});

it('mends kinds, states, parents and times that are none', () => {
  const rows = encodeAll([
    makeSpan({ kind: -1, status: { code: 3 } }),
    makeSpan({
      kind: 4,
      status: { code: 9 },
      parentSpanContext: { traceId: TRACE_ID, spanId: '', traceFlags: 1 },
    }),
    makeSpan({ duration: [-1, -1], endTime: [0, 0] }),
    makeSpan({ duration: [1e9, 0], startTime: [1_700_000_000, 3_500_000_000] }),
  ]);

  expect(rows.map((row) => [row['kind'], row['status'], row['parent_span_id']])).toEqual([
    ['INTERNAL', 'UNSET', null],
    ['CONSUMER', 'UNSET', null],
    ['INTERNAL', 'UNSET', null],
    ['INTERNAL', 'UNSET', null],
  ]);
  expect(rows[2]).toMatchObject({ duration_ns: '0', end_time: '2023-11-14T22:13:20.123456+00' });
  expect(rows[3]).toMatchObject({
    duration_ns: String(Number.MAX_SAFE_INTEGER),
    start_time: '2023-11-14T22:13:23.500000+00',
  });
});

it.each([
  { traceId: '0'.repeat(32) },
  { spanId: '0'.repeat(16) },
  { traceId: TRACE_ID.toUpperCase() },
  { traceId: `${TRACE_ID.slice(1)}\t` },
  { traceId: 'short' },
  { spanId: 7 as unknown as string },
])('takes no span with the IDs %o, and leaves nothing of it', (ids) => {
  const builder = createBuilder();

  const taken = builder.add(makeSpan(ids), false);
  const rows = encodeAll([makeSpan({ name: 'good' })], builder);

  expect(taken).toBe(false);
  expect(rows.map((row) => row['operation_name'])).toEqual(['good']);
});

it('leaves nothing of a span that throws when it is read', () => {
  const builder = createBuilder();
  const hostile = makeSpan();
  Object.defineProperty(hostile, 'attributes', {
    get: () => {
      throw new Error('no');
    },
  });

  expect(() => builder.add(hostile, false)).toThrow('no');
  const rows = encodeAll([makeSpan({ name: 'good' })], builder);

  expect(rows.map((row) => row['operation_name'])).toEqual(['good']);
});
