import type { SqlStore } from '../../storage/sql-store.ts';
import { assertStore } from '../../storage/store-access.ts';
import { untraced } from '../../tracing/untraced.ts';
import type { HealthCheckFunction } from '../health-check.ts';

/**
 * A check that a PostgreSQL answers `select 1`. The store of the HealthChecker has one already, called `database`.
 * @param store a further one, for example `postgresStore(process.env.REPORTS_URL)`
 * @throws `INVALID_ARGUMENT` when it is no store
 * @example `checks: { reports: databaseCheck(reportsStore) }`
 */
export function databaseCheck(store: SqlStore): HealthCheckFunction {
  assertStore(store);
  return async () => {
    await untraced(() => store.query('select 1'));
  };
}
