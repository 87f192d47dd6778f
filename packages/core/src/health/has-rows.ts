import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { untraced } from '../tracing/untraced.ts';
import type { HealthCheckFunction } from './health-check.ts';

// What PostgreSQL keeps of a name; it would look for another table without a word.
const MAX_IDENTIFIER_BYTES = 63;

/**
 * A startup check that passes once a table has rows: the initial data is loaded.
 * @param table `table` or `schema.table`, exactly as PostgreSQL stores it (a name made without quotes is in lower case)
 * @throws `INVALID_ARGUMENT` when that is no name
 * @example `new HealthChecker(store, { startupCheck: hasRows('dim_timeframe') });`
 */
export function hasRows(table: string): HealthCheckFunction {
  const query = `select exists (select 1 from ${quoteTable(table)}) as found`;
  return async ({ store }) => {
    if (store === undefined) {
      throw new Error('hasRows needs a store: give one to the HealthChecker');
    }
    const { rows } = await untraced(() => store.query<{ found: boolean }>(query));
    return rows[0]?.found === true
      ? { healthy: true }
      : { healthy: false, message: `${table} has no rows yet` };
  };
}

/** The name in double quotes, part by part, so that it can be nothing but a name. */
function quoteTable(table: unknown): string {
  const parts = typeof table === 'string' ? table.split('.') : [];
  if (parts.length < 1 || parts.length > 2 || !parts.every(isIdentifier)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `The table of hasRows is ${describeValue(table)}; expected the name of a table, for example 'dim_timeframe' or 'app.dim_timeframe'.`,
    );
  }
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}

function isIdentifier(part: string): boolean {
  return (
    part !== '' &&
    !part.includes('\0') &&
    part.isWellFormed() &&
    Buffer.byteLength(part) <= MAX_IDENTIFIER_BYTES
  );
}
