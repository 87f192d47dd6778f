import { MetricsCollector, withTracingContext } from '@pg-observability/core';
import { DataSource } from 'typeorm';
import type { EntitySubscriberInterface } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createQuerySpanSubscriber, QuerySpanSubscriber, traceQueries } from '../../src/index.ts';
import type { QuerySpanOptions } from '../../src/index.ts';
import { dataSourceOptions, openDataSource, OrderEntity } from '../support/data-sources.ts';
import { rejection } from '../support/rejection.ts';
import { openTracedDatabase } from '../support/traced-database.ts';
import type { SpanOfQuery, TracedDatabase } from '../support/traced-database.ts';

let database: TracedDatabase;

beforeAll(async () => {
  database = await openTracedDatabase();
});
afterAll(() => database.close());

function openTraced(options?: QuerySpanOptions): Promise<DataSource> {
  return openDataSource(database.url, { subscribers: [createQuerySpanSubscriber(options)] });
}

async function spansDuring(work: () => Promise<unknown>): Promise<SpanOfQuery[]> {
  const traceId = await withTracingContext('checkout', {}, async (context) => {
    await work();
    return context.traceId;
  });
  return database.spansOf(traceId);
}

function parametersOf(span: SpanOfQuery | undefined): object {
  return Object.fromEntries(
    Object.entries(span?.attributes ?? {}).filter(([name]) => name.startsWith('db.query.parameter.')),
  );
}

describe('requireParent: false', () => {
  it('makes traces of statements outside of any operation', async () => {
    const dataSource = await openTraced({ requireParent: false });

    await dataSource.query('select 1 as without_parent');
    const roots = await database.roots();

    expect(roots.map(({ attributes }) => attributes['db.query.text'])).toContain(
      'select ? as without_parent',
    );
  });
});

describe('recordParameters', () => {
  it('records them as text, masked by the names of their columns', async () => {
    const dataSource = await openTraced({ recordParameters: true });
    const text =
      'select $1::text as a, $2::integer, $3::bool, $4::jsonb, $5::timestamptz, $6::bytea, $7::text';
    const values = ['ada', 4711, true, { deep: [1] }, new Date(0), Buffer.from('secret'), null];

    const [all] = await spansDuring(() => dataSource.query(text, values));
    const [login] = await spansDuring(() =>
      dataSource.query(
        'select 1 from (select $1::text as email, $2::text as password) u where password = $3',
        ['ada@example.com', 'hunter2', 'hunter3'],
      ),
    );

    expect(parametersOf(all)).toEqual({
      'db.query.parameter.0': 'ada',
      'db.query.parameter.1': '4711',
      'db.query.parameter.2': 'true',
      'db.query.parameter.3': '{"deep":[1]}',
      'db.query.parameter.4': '1970-01-01T00:00:00.000Z',
      'db.query.parameter.5': '6 bytes',
      'db.query.parameter.6': 'null',
    });
    expect(parametersOf(login)).toMatchObject({ 'db.query.parameter.2': '[REDACTED]' });
  });

  it('keeps long and many values in bounds', async () => {
    const dataSource = await openTraced({ recordParameters: true });
    const values = Array.from({ length: 60 }, () => 'x'.repeat(1_000_000));
    const text = `select ${values.map((_, i) => `length($${i + 1}::text)`).join(', ')}`;

    const [span] = await spansDuring(() => dataSource.query(text, values));
    const recorded = Object.values(parametersOf(span)) as string[];

    expect([recorded.length, new Set(recorded.map(({ length }) => length))]).toEqual([50, new Set([256])]);
  });

  it('asks redact with the name of the column, after the default rules', async () => {
    const asked: unknown[] = [];
    const dataSource = await openTraced({
      recordParameters: true,
      redact: (key, value) => {
        asked.push([key, value]);
        return key === 'customer' ? undefined : value;
      },
    });

    const [span] = await spansDuring(() =>
      dataSource.getRepository(OrderEntity).insert({ customer: 'ada', total: 7 }),
    );

    expect(asked).toEqual([
      ['customer', 'ada'],
      ['total', '7'],
    ]);
    expect(parametersOf(span)).toEqual({ 'db.query.parameter.1': '7' });
  });
});

describe('metrics', () => {
  it('gets the duration of every statement in seconds, inside and outside of operations', async () => {
    const metrics = new MetricsCollector(database.observability.store, { serviceName: 'durations' });
    const dataSource = await openTraced({ metrics });

    await dataSource.getRepository(OrderEntity).count();
    // TypeORM tells no time of what failed.
    await rejection(dataSource.query(`do 'begin perform pg_sleep(0.05); perform 1 / 0; end'`));
    await dataSource.query('select pg_sleep(0.05) as slept');
    const points = await metrics.query('db.client.operation.duration', { serviceName: 'durations' });
    await metrics.shutdown();
    const failed = points.filter(({ labels }) => labels['error.type'] === '22012');
    const onOrders = points.filter(({ labels }) => labels['db.collection.name'] === 'orders');
    const slowest = Math.max(...points.map(({ max }) => max ?? 0));
    const slowestFailure = Math.max(...failed.map(({ max }) => max ?? 0));

    expect(onOrders).toMatchObject([
      {
        metricType: 'histogram',
        sampleCount: 1,
        unit: 's',
        labels: {
          'db.system.name': 'postgresql',
          'db.operation.name': 'SELECT',
          'server.address': '127.0.0.1',
        },
      },
    ]);
    expect(failed).toMatchObject([{ sampleCount: 1, labels: { 'db.response.status_code': '22012' } }]);
    expect(slowest).toBeGreaterThanOrEqual(0.045);
    expect(slowestFailure).toBeGreaterThanOrEqual(0.045);
    expect(slowest).toBeLessThan(5);
  });
});

describe('whatever goes wrong in the subscriber', () => {
  it('never reaches the query', async () => {
    const fail = (): never => {
      throw new Error('broken');
    };
    const hostile = { toJSON: fail, toPostgres: () => 'text' };
    const circular: Record<string, unknown> = { toPostgres: () => 'circle' };
    circular['self'] = circular;
    const dataSource = await openTraced({
      recordParameters: true,
      redact: fail,
      metrics: { histogram: fail },
    });
    let rows: unknown;

    const spans = await spansDuring(async () => {
      rows = await dataSource.query('select $1::text as a, $2::text as b', [hostile, circular]);
    });

    expect(rows).toEqual([{ a: 'text', b: 'circle' }]);
    expect(spans.map((span) => [span.status, parametersOf(span)])).toEqual([
      ['UNSET', { 'db.query.parameter.0': '[REDACTED]', 'db.query.parameter.1': '[REDACTED]' }],
    ]);
  });

  it('is not even a promise to wait for, and events of any shape are taken', () => {
    const Subscriber = createQuerySpanSubscriber({
      requireParent: false,
      metrics: { histogram: () => undefined },
    });
    const subscriber = new Subscriber() as Required<EntitySubscriberInterface>;
    const events = [
      undefined,
      null,
      {},
      { query: 7, queryRunner: {} },
      { query: 'x', queryRunner: null },
      { query: null },
    ];

    const answers = events.flatMap((event) => [
      subscriber.beforeQuery(event as never),
      subscriber.afterQuery(event as never),
    ]);

    expect(new Set(answers)).toEqual(new Set([undefined]));
  });
});

describe('registering', () => {
  it('works on a DataSource of somebody else, before and after initialize(), and outlives destroy()', async () => {
    const early = new DataSource(dataSourceOptions(database.url));
    traceQueries(early);
    await early.initialize();
    const late = await openDataSource(database.url);
    traceQueries(late);

    const spans = await spansDuring(async () => {
      await early.query('select 1 as early');
      await late.query('select 1 as late');
      await late.destroy();
      await late.initialize();
      await late.query('select 1 as again');
    });
    await early.destroy();

    expect(spans.map(({ attributes }) => String(attributes['db.query.text'])).toSorted()).toEqual([
      'select ? as again',
      'select ? as early',
      'select ? as late',
    ]);
  });

  it("keeps the application's own subscribers", async () => {
    class Named implements EntitySubscriberInterface {
      static readonly seen: string[] = [];
    }
    const dataSource = new DataSource(dataSourceOptions(database.url, { subscribers: { named: Named } }));

    traceQueries(dataSource);

    expect(dataSource.options.subscribers).toEqual([Named, expect.any(Function)]);
  });

  it('twice on one DataSource is refused', async () => {
    const listed = await openDataSource(database.url, { subscribers: [QuerySpanSubscriber] });
    const traced = new DataSource(dataSourceOptions(database.url));
    traceQueries(traced);

    expect(() => traceQueries(listed)).toThrow(expect.objectContaining({ code: 'ALREADY_REGISTERED' }));
    expect(() => traceQueries(traced)).toThrow(expect.objectContaining({ code: 'ALREADY_REGISTERED' }));
  });

  it('two subscribers records nothing twice', async () => {
    const dataSource = await openDataSource(database.url, {
      subscribers: [QuerySpanSubscriber, createQuerySpanSubscriber({ recordParameters: true })],
    });

    const spans = await spansDuring(() => dataSource.query('select $1::text as once', ['x']));

    expect(spans.map(parametersOf)).toEqual([{}]);
  });

  it.each([[undefined], [null], ['postgres://app:secret@db/shop'], [{}], [DataSource]])(
    'refuses %o instead of a DataSource',
    (value) => {
      expect(() => traceQueries(value as never)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    },
  );

  it.each([
    [null],
    [7],
    [{ requireParent: 'yes' }],
    [{ recordParameters: 1 }],
    [{ redact: 'password' }],
    [{ metrics: {} }],
    [{ metrics: null }],
  ])('refuses the options %o', (options) => {
    expect(() => createQuerySpanSubscriber(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});
