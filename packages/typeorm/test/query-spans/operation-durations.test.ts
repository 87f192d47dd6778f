import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createObservability, MetricsCollector, withTracingContext } from '@pg-observability/core';
import type { Observability, ObservabilityOptions } from '@pg-observability/core';
import { createQuietLogger, testDatabase } from '@pg-observability/testkit';
import { afterEach, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { createQuerySpanSubscriber, QuerySpanSubscriber, typeormStore } from '../../src/index.ts';
import type { QuerySpanOptions } from '../../src/index.ts';
import { OperationDurations } from '../../src/query-spans/operation-durations.ts';
import { closeDataSources, openDataSource, OrderEntity } from '../support/data-sources.ts';
import { rejection } from '../support/rejection.ts';

const NAME = 'db.client.operation.duration';

const instances: Observability[] = [];
afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.shutdown()));
  await closeDataSources();
});

interface Opened {
  dataSource: DataSource;
  observability: Observability;
}

/** A DataSource and an instance that stores by it, in its own connections or in those of the DataSource. */
async function open(
  subscriber: ReturnType<typeof createQuerySpanSubscriber> = QuerySpanSubscriber,
  options: Partial<ObservabilityOptions> = {},
  pool: 'own' | 'shared' = 'own',
): Promise<Opened> {
  const { url } = await testDatabase();
  const dataSource = await openDataSource(url, { subscribers: [subscriber], synchronize: true });
  const store = typeormStore(dataSource, { pool });
  const observability = createObservability({
    serviceName: 'orders',
    store,
    logger: createQuietLogger(),
    runtimeMetrics: false,
    ...options,
  });
  instances.push(observability);
  await observability.start();
  return { dataSource, observability };
}

async function seriesOf({ metrics }: Observability): Promise<[labels: object, count: number][]> {
  const counts = new Map<string, number>();
  for (const { labels, sampleCount } of await metrics.query(NAME)) {
    const key = JSON.stringify(labels, Object.keys(labels).toSorted());
    counts.set(key, (counts.get(key) ?? 0) + sampleCount);
  }
  return [...counts]
    .map(([key, count]) => [JSON.parse(key) as object, count] as [object, number])
    .toSorted(([left], [right]) => JSON.stringify(left).localeCompare(JSON.stringify(right)));
}

it('goes to the default instance by itself, with the labels of the convention, one series for all values', async () => {
  const { dataSource, observability } = await open();
  const orders = dataSource.getRepository(OrderEntity);
  for (let total = 0; total < 20; total += 1) {
    await orders.insert({ customer: `customer ${total}`, total });
    await dataSource.query(`SELECT ${total} AS total, 'a secret ${total}' AS text`);
  }
  await withTracingContext('checkout', () => orders.count());
  await rejection(dataSource.query('SELECT 1 / 0'));

  const series = await seriesOf(observability);

  const { database } = dataSource.driver;
  const port = Number(new URL(String((dataSource.options as { url?: string }).url)).port);
  const common = {
    'db.system.name': 'postgresql',
    'db.namespace': expect.stringContaining(String(database)) as unknown,
    'server.address': '127.0.0.1',
    'server.port': String(port),
  };
  const select = { ...common, 'db.operation.name': 'SELECT' };
  const inserts = series.filter(([labels]) => JSON.stringify(labels).includes('INSERT'));
  const selects = series.filter(([labels]) => JSON.stringify(labels).includes('SELECT'));
  expect(inserts).toEqual([
    [{ ...common, 'db.operation.name': 'INSERT', 'db.collection.name': 'orders' }, 20],
  ]);
  expect(selects).toHaveLength(3);
  expect(selects).toEqual(
    expect.arrayContaining([
      [select, 20],
      [{ ...select, 'db.collection.name': 'orders' }, 1],
      [{ ...select, 'db.response.status_code': '22012', 'error.type': '22012' }, 1],
    ]),
  );
  expect(JSON.stringify(series)).not.toMatch(/secret|customer/);
});

it('counts statements whose trace is not sampled', async () => {
  const { dataSource, observability } = await open(QuerySpanSubscriber, { spans: { sampling: 0 } });
  await withTracingContext('checkout', () => dataSource.query('select 1'));

  const series = await seriesOf(observability);

  expect(series.map(([, count]) => count)).toEqual([1]);
  expect(observability.stats().spans.stored).toBe(0);
});

it('has the span of the statement as its example, not the one around it', async () => {
  const { dataSource, observability } = await open();
  const spanId = await withTracingContext('checkout', async (operation) => {
    await rejection(dataSource.query('select 1 / 0'));
    return operation.spanId;
  });
  await observability.flush();

  const { rows } = await observability.store.query(
    `select (select jsonb_agg(e ->> 'span_id') from observability.metrics, jsonb_array_elements(exemplars) as e
         where metric_name = '${NAME}') as examples,
       (select jsonb_agg(span_id) from observability.spans where parent_span_id = $1::text) as spans`,
    [spanId],
  );

  expect(rows[0]?.['examples']).toEqual(rows[0]?.['spans']);
  expect(rows[0]?.['spans']).toHaveLength(1);
});

it('goes to the instance whose request runs the statement', async () => {
  const first = await open();
  const second = await open();
  const server = createServer((request, response) => {
    second.observability.http.handle(
      request,
      response,
      { originalUrl: '/orders', route: () => '/orders' },
      () => {
        void first.dataSource.query('select 1').then(() => response.end());
      },
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await (await fetch(`http://127.0.0.1:${port}/orders`)).text();
  server.close();

  // What the second DataSource synchronized belongs to the first instance: by then it was the only one.
  const selects = [await seriesOf(first.observability), await seriesOf(second.observability)].map((series) =>
    series.filter(([labels]) => JSON.stringify(labels).includes('"select"')).map(([, count]) => count),
  );

  expect(selects).toEqual([[], [1]]);
});

it('records nothing with metrics: false, and its spans all the same', async () => {
  const { dataSource, observability } = await open(createQuerySpanSubscriber({ metrics: false }));
  await withTracingContext('checkout', () => dataSource.query('select 1'));
  await observability.flush();

  expect(await seriesOf(observability)).toEqual([]);
  expect(observability.stats().spans.stored).toBe(2);
});

it('never measures a statement of our own, also on connections that we share with the application', async () => {
  const { dataSource, observability } = await open(QuerySpanSubscriber, {}, 'shared');
  await dataSource.query('select 1');
  for (let flush = 0; flush < 5; flush += 1) {
    observability.metrics.counter('orders.placed');
    await observability.flush();
  }
  await observability.workflows.createWorkflow({ workflowType: 'order' });
  await observability.health.readiness();

  const series = await seriesOf(observability);

  expect(series.map(([, count]) => count)).toEqual([1]);
});

const hostile: [string, QuerySpanOptions['metrics']][] = [
  [
    'whose bind throws',
    {
      histogram: () => undefined,
      bind: () => {
        throw new Error('too many');
      },
    },
  ],
  [
    'that throws',
    {
      histogram: () => {
        throw new Error('broken');
      },
    },
  ],
];
it.each(hostile)('lets a query be, whatever becomes of a collector %s', async (_name, metrics) => {
  const { dataSource } = await open(createQuerySpanSubscriber({ metrics: metrics as never }));

  expect(await dataSource.query('select 7 as seven')).toEqual([{ seven: 7 }]);
});

it.each([null, true, 'on', 7, {}, { histogram: 'no' }])('refuses %j in place of a collector', (metrics) => {
  expect(() => createQuerySpanSubscriber({ metrics: metrics as never })).toThrow(
    /INVALID_OPTION.*metrics is .*false or a MetricsCollector/,
  );
});

it('takes no first word of a broken statement for an operation, and stays bounded', async () => {
  const { observability } = await open();
  const durations = new OperationDurations();
  const { metrics } = observability;
  for (const operation of [
    'frobnicate 7',
    'x'.repeat(10_000_000),
    '__proto__',
    'select',
    'Commit',
    'CREATE TABLE',
  ]) {
    durations.record(metrics, 0.1, { 'db.operation.name': operation }, undefined);
  }
  for (let database = 0; database < 12_000; database += 1) {
    durations.record(metrics, 0.1, { 'db.namespace': `tenant_${database}` }, undefined);
  }

  const all = metrics.snapshot().filter(({ name }) => name === NAME);

  const operations = all.flatMap(({ labels }) => labels['db.operation.name'] ?? []);
  expect(operations).toEqual(['select', 'Commit', 'CREATE TABLE']);
  expect(all.length).toBeLessThanOrEqual(2_001);
  expect(all.reduce((sum, { sampleCount }) => sum + sampleCount, 0)).toBe(12_006);
});

it('counts with the collector what too many metrics leave no room for', async () => {
  const { observability } = await open();
  const metrics = new MetricsCollector(observability.store);
  for (let name = 0; name < 2_000; name += 1) {
    metrics.counter(`metric.${name}`);
  }

  new OperationDurations().record(metrics, 0.1, { 'db.operation.name': 'SELECT' }, undefined);
  const { dropped } = metrics.stats();
  await metrics.shutdown();

  expect(dropped['too_many_metrics']).toBeGreaterThan(0);
});
