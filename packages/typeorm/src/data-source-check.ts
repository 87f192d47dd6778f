import { untraced } from '@pg-observability/core';
import type { HealthCheckFunction } from '@pg-observability/core';
import { assertDataSource } from './assert-data-source.ts';
import type { DataSourceLike } from './data-source-like.ts';

/**
 * A check that a DataSource has a connection to give and its PostgreSQL answers `select 1`: it sees a pool that is used up, which
 * the check `database` over a pool of our own does not.
 *
 * A query that hangs keeps its connection; no second one is started meanwhile.
 *
 * @throws `INVALID_ARGUMENT` unless it is a DataSource of type `postgres`; it may be initialised later
 * @example `health: { checks: { orders: dataSourceCheck(dataSource) } }`
 */
export function dataSourceCheck(dataSource: DataSourceLike): HealthCheckFunction {
  assertDataSource(dataSource, 'dataSourceCheck');
  return async () => {
    if (!dataSource.isInitialized) {
      return { healthy: false, message: 'the DataSource is not initialised' };
    }
    // Of its own, so that the check never joins a transaction of the application.
    const runner = dataSource.createQueryRunner('master');
    try {
      await untraced(() => runner.query('select 1', undefined, true));
    } finally {
      await runner.release().catch(() => undefined);
    }
    return true;
  };
}
