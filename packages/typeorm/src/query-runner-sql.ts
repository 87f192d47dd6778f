import type { SqlResult, SqlRow, SqlRunner } from '@pg-observability/core';
import type { QueryRunnerLike } from './data-source-like.ts';

/**
 * Runs our statements on a query runner, inside whatever transaction it has open. TypeORM's wrapper is taken off its errors:
 * it holds the whole statement and its values, which would go on to wherever the error is logged.
 */
export function fromQueryRunner(runner: QueryRunnerLike): SqlRunner {
  return {
    async query<Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> {
      try {
        const result = await runner.query(text, values === undefined ? undefined : [...values], true);
        return { rows: result.records as Row[], rowCount: result.affected ?? result.records.length };
      } catch (error) {
        throw unwrapDriverError(error);
      }
    },
  };
}

function unwrapDriverError(error: unknown): unknown {
  const driverError = (error as { driverError?: unknown } | null | undefined)?.driverError;
  return driverError instanceof Error ? driverError : error;
}
