import type { SqlResult, SqlRow, SqlRunner } from '../storage/sql-store.ts';
import type { PgClientLike } from './pool-like.ts';

/**
 * Runs our statements on a client of yours, inside whatever transaction it has open.
 *
 * @param client a `pg.Client` or a client from `pool.connect()`
 * @example
 * ```ts
 * await client.query('begin');
 * await client.query('insert into orders …');
 * await workflows.within(fromPgClient(client)).transition(id, 'paid', 'running');
 * await client.query('commit');
 * ```
 */
export function fromPgClient(client: PgClientLike): SqlRunner {
  return {
    async query<Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> {
      const result = await client.query(values === undefined ? { text } : { text, values: [...values] });
      return { rows: result.rows as Row[], rowCount: result.rowCount ?? result.rows.length };
    },
  };
}
