import type { SqlRunner } from '../storage/sql-store.ts';
import type { ErrorGroupRow } from './error-group.ts';
import { selectNewErrors } from './error-groups.sql.ts';

/** An error that was not seen before, or is back after it was resolved, as alert rules take it. */
export interface NewErrorReading {
  fingerprint: string;
  /** Class of the error. */
  type: string;
  message: string;
  /** How often it was seen, ever. */
  count: number;
  /** When it was first seen, or came back, in milliseconds since 1970. */
  firstSeenMs: number;
}

const MAX_ERRORS = 1_000;

/**
 * The errors that are new since a time, for the rule of that name: of one service or, with null, of all. At most 1,000.
 * @throws the driver's error
 */
export async function readNewErrors(
  sql: SqlRunner,
  { serviceName, sinceMs }: { serviceName: string | null; sinceMs: number },
): Promise<readonly NewErrorReading[]> {
  const { rows } = await sql.query<ErrorGroupRow>(selectNewErrors, [sinceMs, MAX_ERRORS, serviceName]);
  return rows.map((row) => ({
    fingerprint: row.fingerprint,
    type: row.exception_type,
    message: row.message,
    count: row.count,
    firstSeenMs: row.created_at_ms >= sinceMs ? row.first_seen_at_ms : row.state_changed_at_ms,
  }));
}
