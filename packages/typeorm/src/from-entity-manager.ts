import { ObservabilityError, untraced } from '@pg-observability/core';
import type { SqlResult, SqlRow, SqlRunner } from '@pg-observability/core';
import type { EntityManagerLike, QueryRunnerLike } from './data-source-like.ts';
import { describeValue } from './describe-value.ts';
import { fromQueryRunner } from './query-runner-sql.ts';

/**
 * Runs our statements on the connection of an EntityManager, inside the transaction it has open, untraced.
 *
 * The manager must belong to one connection: the one `dataSource.transaction` hands to its function, or `queryRunner.manager`.
 * `dataSource.manager` is refused, because it takes another connection for each statement, and what was meant to be part of
 * your transaction would be committed on its own. A `queryRunner.manager` without an open transaction is taken: then each
 * statement commits at once.
 *
 * @param manager an EntityManager of a postgres DataSource
 * @throws `INVALID_ARGUMENT` when it is none or belongs to no connection; the runner rejects with the same code once the
 * connection was given back
 * @example
 * ```ts
 * await dataSource.transaction(async (manager) => {
 *   await manager.save(order);
 *   await observability.workflows.within(fromEntityManager(manager)).transition(order.workflowId, 'paid', 'running');
 * });
 * ```
 */
export function fromEntityManager(manager: EntityManagerLike): SqlRunner {
  const runner = queryRunnerOf(manager);
  const sql = fromQueryRunner(runner);
  return {
    async query<Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> {
      if (runner.isReleased) {
        throw invalid(
          'The transaction of this manager is over. Await every call inside the function of the transaction.',
        );
      }
      return untraced(() => sql.query<Row>(text, values));
    },
  };
}

function queryRunnerOf(manager: unknown): QueryRunnerLike {
  const candidate = manager as { queryRunner?: Partial<QueryRunnerLike>; query?: unknown } | null | undefined;
  if (typeof candidate?.query !== 'function') {
    throw invalid(
      `fromEntityManager got ${describeValue(manager)}; expected the EntityManager that dataSource.transaction() passes.`,
    );
  }
  if (typeof candidate.queryRunner?.query !== 'function') {
    throw invalid(
      'fromEntityManager got the manager of the DataSource, which belongs to no transaction. Give it the one that dataSource.transaction() passes to its function, or queryRunner.manager.',
    );
  }
  return candidate.queryRunner as QueryRunnerLike;
}

function invalid(message: string): ObservabilityError {
  return new ObservabilityError('INVALID_ARGUMENT', message);
}
