/**
 * The SQLSTATE of a driver's error, or undefined where PostgreSQL did not answer. Drivers have error classes of their own,
 * and TypeORM wraps the driver's; the five-character `code` is what they share.
 * @source https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function sqlState(error: unknown): string | undefined {
  for (let current: unknown = error, depth = 0; depth < 5 && isObject(current); depth += 1) {
    const code = current['code'];
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code)) {
      return code;
    }
    current = current['driverError'] ?? current['cause'];
  }
  return undefined;
}

const TRANSIENT_STATES: ReadonlySet<string> = new Set([
  // Read only: a standby that is about to be promoted, or a server that was told to take no writes for a while.
  '25006',
  // The time a transaction may be idle, or take at all, was over, for example because this process stood still.
  '25P03',
  '25P04',
  '40001',
  '40P01',
  '55P03',
  '57014',
]);

/** True when repeating the same work later may succeed: no connection, shutdown, conflict, timeout, no room. */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error);
  if (state === undefined) {
    return !isProgrammingError(error);
  }
  return /^(08|53|57P|58)/.test(state) || TRANSIENT_STATES.has(state);
}

/** True when the values themselves were refused, by PostgreSQL or while they were encoded, so that a repeat would be too. */
export function isDataError(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined ? isProgrammingError(error) : /^(21|22|23)/.test(state);
}

// A value no encoder was ready for; connection faults are plain Errors.
function isProgrammingError(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
