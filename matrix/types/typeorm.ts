// TypeORM's own types go into ours, and ours into its options.
import { createObservability } from '@pg-observability/core';
import {
  CreateObservabilitySchema,
  fromEntityManager,
  observabilityEntities,
  QuerySpanSubscriber,
  SpanEntity,
  typeormStore,
} from '@pg-observability/typeorm';
import { DataSource } from 'typeorm';

const dataSource = new DataSource({
  type: 'postgres',
  entities: [...observabilityEntities],
  migrations: [CreateObservabilitySchema],
  subscribers: [QuerySpanSubscriber],
});
const { workflows } = createObservability({ serviceName: 'typed', store: typeormStore(dataSource) });

export const version: Promise<number> = dataSource.transaction(async (manager) => {
  const calls = workflows.within(fromEntityManager(manager));
  return (await calls.transition('id', 'paid', 'running')).version;
});
export const name: Promise<string> = dataSource
  .getRepository(SpanEntity)
  .findOneByOrFail({ kind: 'SERVER' })
  .then((span) => span.operationName);
// @ts-expect-error a manager is not a DataSource
typeormStore(dataSource.manager);
