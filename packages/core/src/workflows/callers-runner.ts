import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { sqlState } from '../storage/sql-state.ts';
import type { SqlResult, SqlRow, SqlRunner } from '../storage/sql-store.ts';
import { toStoreError, withTimeout } from '../storage/store-errors.ts';
import { untraced } from '../tracing/untraced.ts';

/**
 * The runner of a caller's transaction: untraced, with a time limit and our errors, but without making sure of the tables.
 * DDL has no place in a business transaction, and on a store with one session a second statement would wait for ever.
 * @throws `INVALID_ARGUMENT` when it is not a runner
 */
export function fromCallersRunner(runner: SqlRunner, timeoutMs: number): SqlRunner {
  assertRunner(runner);
  return {
    query: <Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> =>
      untraced(async () => {
        try {
          return await withTimeout(runner.query<Row>(text, values), timeoutMs);
        } catch (error) {
          throw toCallersError(error);
        }
      }),
  };
}

function toCallersError(error: unknown): ObservabilityError {
  const state = sqlState(error);
  if (state === '42P01' || state === '3F000') {
    return new ObservabilityError(
      'SCHEMA_MISSING',
      'The schema observability is not installed. Await ensureObservabilityTables(store) before the transaction.',
      { cause: error },
    );
  }
  return toStoreError(error);
}

function assertRunner(runner: unknown): asserts runner is SqlRunner {
  if (typeof runner !== 'object' || runner === null || typeof (runner as SqlRunner).query !== 'function') {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `within got ${describeValue(runner)}; expected the runner of a transaction: fromEntityManager(manager), fromPgClient(client), or what store.transaction() passes.`,
    );
  }
}
