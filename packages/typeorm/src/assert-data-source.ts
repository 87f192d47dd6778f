import { ObservabilityError } from '@pg-observability/core';
import type { DataSourceLike } from './data-source-like.ts';
import { describeValue } from './describe-value.ts';

/**
 * Refuses what is not a DataSource of type `postgres`.
 * @param caller name of the function, for the message
 * @throws `INVALID_ARGUMENT`
 */
export function assertDataSource(value: unknown, caller: string): asserts value is DataSourceLike {
  const candidate = value as Partial<DataSourceLike> | null | undefined;
  if (typeof candidate?.createQueryRunner !== 'function' || typeof candidate.options !== 'object') {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `${caller} got ${describeValue(value)}; expected a TypeORM DataSource: new DataSource({ type: 'postgres', … }).`,
    );
  }
  const type: unknown = candidate.options?.type;
  if (type !== 'postgres') {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `${caller} got a DataSource of type ${describeValue(type)}; expected type "postgres". The telemetry is kept in PostgreSQL: give it a DataSource of its own.`,
    );
  }
}
