import type { SqlRunner } from '../storage/sql-store.ts';
import type { AlertChangeHook } from './alert-change.ts';
import { rowToAlertChange } from './alert-row.ts';
import type { AlertStepRow } from './alert-row.ts';

/**
 * Runs a statement that takes alerts a step further, and what else is to be stored for each that did, in the transaction of
 * `sql`. Answers its rows.
 */
export async function runAlertStep<Row extends AlertStepRow>(
  sql: SqlRunner,
  [statement, values]: readonly [statement: string, values: readonly unknown[]],
  onChange: AlertChangeHook | undefined,
): Promise<Row[]> {
  const { rows } = await sql.query<Row>(statement, values);
  for (const row of rows) {
    if (row.is_change && onChange !== undefined) {
      for (const further of onChange(rowToAlertChange(row))) {
        await sql.query(further.sql, further.values);
      }
    }
  }
  return rows;
}
