import { createObservability, withTracingContext } from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { createQuietLogger, testDatabase } from '@pg-observability/testkit';
import { IsNull, MoreThan } from 'typeorm';
import type { DataSource, EntitySchema } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AlertEntity,
  MetricEntity,
  observabilityEntities,
  SpanEntity,
  typeormStore,
  WorkflowStateEntity,
  WorkflowTransitionEntity,
} from '../../src/index.ts';
import { readSchema } from '../support/catalog.ts';
import { closeDataSources, openDataSource, OrderEntity } from '../support/data-sources.ts';
import { rejection } from '../support/rejection.ts';

let url: string;
let dataSource: DataSource;
let observability: Observability;
const store = (): Observability['store'] => observability.store;

beforeAll(async () => {
  ({ url } = await testDatabase());
  dataSource = await openDataSource(url, { entities: [OrderEntity, ...observabilityEntities] });
  observability = createObservability({
    serviceName: 'shop',
    store: typeormStore(dataSource),
    logger: createQuietLogger(),
  });
  await observability.start();
});
afterAll(async () => {
  await observability.shutdown();
  await closeDataSources();
});

describe('the read-only entities', () => {
  it('find spans', async () => {
    const traceId = await withTracingContext('import prices', { 'file.name': 'a.csv' }, async (context) => {
      context.addEvent('half way', { rows: 7 });
      return context.traceId;
    });
    await observability.flush();

    const spans = await dataSource.getRepository(SpanEntity).findBy({ traceId });

    expect(spans).toEqual([
      {
        traceId,
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        parentSpanId: null,
        parentIsRemote: null,
        operationName: 'import prices',
        serviceName: 'shop',
        kind: 'INTERNAL',
        status: expect.stringMatching(/^(UNSET|OK)$/),
        statusMessage: null,
        startTime: expect.any(Date),
        endTime: expect.any(Date),
        durationNs: expect.stringMatching(/^\d+$/),
        correlationId: null,
        traceState: null,
        attributes: expect.objectContaining({ 'file.name': 'a.csv' }),
        events: [expect.objectContaining({ name: 'half way', attributes: { rows: 7 } })],
        links: null,
        scopeId: expect.stringMatching(/^\d+$/),
      },
    ]);
  });

  it('find metric points', async () => {
    observability.metrics.counter('orders.placed', 3, { channel: 'web' });
    observability.metrics.histogram('checkout.duration', 0.5, {}, { unit: 's' });
    await observability.flush();
    const since = new Date(Date.now() - 60_000);

    const [counter] = await dataSource
      .getRepository(MetricEntity)
      .findBy({ metricName: 'orders.placed', recordedAt: MoreThan(since) });
    const [histogram] = await dataSource
      .getRepository(MetricEntity)
      .findBy({ metricName: 'checkout.duration' });

    expect(counter).toMatchObject({
      metricType: 'counter',
      metricValue: 3,
      labels: { channel: 'web' },
      sampleCount: expect.any(String),
      recordedAt: expect.any(Date),
    });
    expect(histogram).toMatchObject({
      metricType: 'histogram',
      metricValue: 0.5,
      min: 0.5,
      max: 0.5,
      unit: 's',
      sampleCount: '1',
      bucketScale: expect.any(Number),
      bucketIndexes: [expect.any(Number)],
      bucketCounts: ['1'],
    });
  });

  it('find workflow states and their transitions', async () => {
    const { workflows } = observability;
    const { workflowId } = await workflows.createWorkflow({
      workflowType: 'order',
      metadata: { orderId: 42 },
    });
    await workflows.transition(
      workflowId,
      'paid',
      'completed',
      { amount: 12.5 },
      { idempotencyKey: 'pay-1' },
    );

    const state = await dataSource.getRepository(WorkflowStateEntity).findOneBy({ workflowId });
    const transitions = await dataSource
      .getRepository(WorkflowTransitionEntity)
      .find({ where: { workflowId }, order: { version: 'ASC' } });

    expect(state).toEqual({
      workflowId,
      workflowType: 'order',
      currentPhase: 'paid',
      status: 'completed',
      version: 2,
      correlationId: expect.any(String),
      traceId: null,
      parentWorkflowId: null,
      phaseEnteredAt: expect.any(Date),
      deadlineAt: null,
      unusualAt: null,
      metadata: { orderId: 42, amount: 12.5 },
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
      finishedAt: expect.any(Date),
    });
    expect(
      transitions.map(({ fromPhase, toPhase, idempotencyKey, stayMs }) => ({
        fromPhase,
        toPhase,
        idempotencyKey,
        stayMs,
      })),
    ).toEqual([
      { fromPhase: null, toPhase: 'created', idempotencyKey: null, stayMs: null },
      { fromPhase: 'created', toPhase: 'paid', idempotencyKey: 'pay-1', stayMs: expect.any(Number) },
    ]);
  });

  it('find open alerts', async () => {
    await observability.alerts.raise({
      alertType: 'payment_failed',
      severity: 'critical',
      title: 'No payments',
    });

    const alerts = await dataSource
      .getRepository(AlertEntity)
      .findBy({ severity: 'critical', resolvedAt: IsNull() });

    expect(alerts).toEqual([
      expect.objectContaining({
        alertType: 'payment_failed',
        title: 'No payments',
        state: 'firing',
        count: 1,
      }),
    ]);
  });

  it('have a column of the table behind each of theirs', async () => {
    for (const entity of observabilityEntities) {
      const { columns, tableName } = dataSource.getMetadata(entity);
      const { rows } = await store().query<{ name: string }>(
        "select column_name as name from information_schema.columns where table_schema = 'observability' and table_name = $1::text",
        [tableName],
      );

      expect(rows.map(({ name }) => name)).toEqual(
        expect.arrayContaining(columns.map((column) => column.databaseName)),
      );
    }
  });
});

describe('writing through the entities', () => {
  const rows: readonly (readonly [string, EntitySchema, object])[] = [
    ['spans', SpanEntity, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), startTime: new Date() }],
    ['metrics', MetricEntity, { metricName: 'x', recordedAt: new Date(), id: '1' }],
    ['workflow_state', WorkflowStateEntity, { workflowId: '00000000-0000-4000-8000-000000000001' }],
    [
      'workflow_transitions',
      WorkflowTransitionEntity,
      { workflowId: '00000000-0000-4000-8000-000000000001', version: 1 },
    ],
    ['alerts', AlertEntity, { id: 1_000_000, alertType: 'x' }],
  ];

  it.each(rows)('cannot insert into %s', async (_table, entity, row) => {
    const repository = dataSource.getRepository(entity);
    const before = await repository.count();

    const errors = [await rejection(repository.save(row)), await rejection(repository.insert(row))];

    expect(errors).toEqual([expect.any(Error), expect.any(Error)]);
    expect(await repository.count()).toBe(before);
  });

  it('cannot update a row', async () => {
    const { workflowId } = await observability.workflows.createWorkflow({ workflowType: 'order' });
    const repository = dataSource.getRepository(WorkflowStateEntity);
    const state = await repository.findOneByOrFail({ workflowId });

    const errors = [
      await rejection(repository.update({ workflowId }, { status: 'hacked' })),
      await rejection(repository.save({ ...state, status: 'hacked' })),
    ];

    expect(errors).toEqual([expect.any(Error), undefined]);
    expect(await repository.findOneBy({ workflowId })).toEqual(state);
  });
});

describe('an application that lists the entities', () => {
  it('leaves the schema alone with synchronize: true, and has nothing to say about it in schema:log', async () => {
    await store().script(
      "create table if not exists observability.spans_p20200101 partition of observability.spans for values from ('2020-01-01') to ('2020-01-02')",
    );
    const before = await readSchema(store());

    const synchronized = await openDataSource(url, {
      entities: [OrderEntity, ...observabilityEntities],
      synchronize: true,
    });
    await synchronized.synchronize();
    const log = await synchronized.driver.createSchemaBuilder().log();

    expect(log.upQueries).toEqual([]);
    expect(await readSchema(store())).toEqual(before);
    expect(await synchronized.getRepository(OrderEntity).count()).toBe(0);
  });

  it('can be initialized before the schema exists, and does not create it', async () => {
    const empty = await testDatabase();

    const early = await openDataSource(empty.url, {
      entities: [OrderEntity, ...observabilityEntities],
      synchronize: true,
    });

    expect(await early.query("select to_regnamespace('observability') as found")).toEqual([{ found: null }]);
  });
});
