import { createObservability } from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, testDatabase } from '@pg-observability/testkit';
import { randomBytes } from 'node:crypto';
import { beforeAll, afterAll, expect, it } from 'vitest';

const SERVER = 1;
const IGNORES_ERROR = Symbol('ignore.otel.error');

// The matrix has the real dd-trace (`with-dd-trace`); this is what its spans are made of.
class StandIn {
  readonly kind: number;
  readonly name: string;
  readonly startTime: [number, number] = [Math.floor(Date.now() / 1e3), 500_000_000];
  readonly instrumentationLibrary = { name: 'shop', version: '1' };
  readonly id: string = randomBytes(8).toString('hex');
  readonly _ddSpan: unknown;
  readonly #traceId: string;
  readonly #parentId: string | undefined;

  constructor(trace: Trace, name: string, record: StandInRecord = {}) {
    const { kind = 0, parent, tags = {}, events = [], links = [] } = record;
    this.kind = kind;
    this.name = name;
    this.#traceId = trace.id;
    this.#parentId = parent?.id;
    const place = { _spanId: this.id, _parentId: parent?.id, _trace: trace, _tags: tags };
    this._ddSpan = { context: () => place, _duration: 1_500.25, _events: events, _links: links };
    trace.started.push(this._ddSpan);
  }

  get parentSpanId(): string | undefined {
    return this.#parentId;
  }

  spanContext(): { traceId: string; spanId: string; traceFlags: number } {
    return { traceId: this.#traceId, spanId: this.id, traceFlags: 1 };
  }
}

interface StandInRecord {
  kind?: number;
  parent?: StandIn;
  tags?: object;
  events?: object[];
  links?: object[];
}

interface Trace {
  id: string;
  started: unknown[];
}

let observability: Observability;
beforeAll(async () => {
  const store = postgresStore((await testDatabase()).url);
  observability = createObservability({ serviceName: 'beside', store, logger: createQuietLogger() });
  await observability.start();
});
afterAll(() => observability.shutdown());

function beginTrace(): Trace {
  return { id: randomBytes(16).toString('hex'), started: [] };
}

/** Hands spans to our processor as dd-trace's provider does; the others are dd-trace's own and never come. */
function processSpans(...spans: object[]): void {
  const { spanProcessor } = observability;
  spans.forEach((span) => spanProcessor.onStart(span as never, {} as never));
  spans.toReversed().forEach((span) => spanProcessor.onEnd(span as never));
}

async function stored(trace: Trace): Promise<unknown[]> {
  await observability.flush();
  const { rows } = await observability.store.query(
    `select operation_name as name, kind, status, status_message as message, parent_span_id as parent,
            service_name as service, attributes, events -> 0 ->> 'name' as event, links -> 0 ->> 'span_id' as link,
            (duration_ns / 1000)::int as "durationUs"
       from observability.spans where trace_id = $1 order by kind desc, name`,
    [trace.id],
  );
  return rows;
}

it("stores a span of dd-trace's provider with its attributes, status, event, link and service", async () => {
  const trace = beginTrace();
  const tags = {
    'service.name': 'order-service',
    'resource.name': 'GET',
    'span.kind': 'server',
    'runtime-id': 'one-process',
    'error.message': 'broken',
    'error.stack': 'Error: broken',
    'error.type': 'Error',
    'http.route': '/orders/:id',
    'http.response.status_code': 500,
    'http.status_code': '500',
    '_dd.p.tid': '6b04552d00000000',
    [IGNORES_ERROR]: false,
  };
  const linked = { toTraceId: () => trace.id, toSpanId: () => 'b7ad6b7169203331' };
  const events = [{ name: 'Error', attributes: { 'exception.message': 'broken' }, startTime: Date.now() }];

  processSpans(
    new StandIn(trace, 'GET /orders/:id', { kind: SERVER, tags, events, links: [{ context: linked }] }),
  );

  expect(await stored(trace)).toEqual([
    {
      name: 'GET /orders/:id',
      kind: 'SERVER',
      status: 'ERROR',
      message: 'broken',
      parent: null,
      service: 'order-service',
      attributes: { 'error.type': 'Error', 'http.route': '/orders/:id', 'http.response.status_code': 500 },
      event: 'Error',
      link: 'b7ad6b7169203331',
      durationUs: 1_500_250,
    },
  ]);
});

it('leaves a span unset whose exception did not make it fail', async () => {
  const trace = beginTrace();
  const tags = { 'error.message': 'handled', [IGNORES_ERROR]: true };

  processSpans(new StandIn(trace, 'handled', { tags }));

  expect(await stored(trace)).toMatchObject([{ name: 'handled', status: 'UNSET', message: null }]);
});

it('joins spans below those dd-trace keeps for itself to the nearest that is stored', async () => {
  const trace = beginTrace();
  const web = new StandIn(trace, 'web.request');
  const server = new StandIn(trace, 'GET /orders', { kind: SERVER, parent: web });
  const query = new StandIn(trace, 'pg.query', { parent: server });
  const below = new StandIn(trace, 'below the query', { parent: query });
  const handler = new StandIn(trace, 'express.middleware', { parent: web });
  const beside = new StandIn(trace, 'in the handler', { parent: handler });

  processSpans(server, below, beside);

  expect(await stored(trace)).toMatchObject([
    { name: 'GET /orders', parent: web.id },
    { name: 'below the query', parent: server.id },
    { name: 'in the handler', parent: server.id },
  ]);
});

it('counts a span it cannot read, and stores those that came with it', async () => {
  const trace = beginTrace();
  const { spanContext } = new StandIn(trace, 'unknown');
  const before = observability.stats().spans.dropped['unreadable'] ?? 0;

  processSpans({ name: 'of a stranger', spanContext }, new StandIn(trace, 'well known'));

  expect(await stored(trace)).toMatchObject([{ name: 'well known' }]);
  expect(observability.stats().spans.dropped['unreadable']).toBe(before + 1);
});
