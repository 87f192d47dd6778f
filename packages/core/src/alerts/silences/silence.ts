import { epochMsToDate, epochMsToDateOrNull, jsonToObject } from '../../storage/row-values.ts';
import type { SqlRow } from '../../storage/sql-store.ts';

/**
 * Which alerts a silence is about; all that is given must match. `*` stands for any text and `?` for one character, also for
 * none of their own meaning as `\*` and `\?`; everything else is compared as it is, letter case included.
 */
export interface SilenceMatchers {
  alertType?: string | undefined;
  severity?: string | undefined;
  serviceName?: string | undefined;
  title?: string | undefined;
  /** Labels the alert must have. */
  labels?: Readonly<Record<string, string>> | undefined;
}

/** What `silence` takes. Its end is told by `until` or by `forMs`. */
export interface SilenceInput {
  /** At least one matcher; `{ alertType: '*' }` is everything. */
  matchers: SilenceMatchers;
  /** When it ends by itself, at most 366 days ahead. */
  until?: Date | number | undefined;
  /** Milliseconds until it ends by itself, at most 366 days. */
  forMs?: number | undefined;
  /** Who, 1 to 256 characters. */
  by: string;
  /** Why, 1 to 4,096 characters. */
  note?: string | undefined;
}

/** Which silences `silences` answers. */
export interface SilenceFilter {
  /** True answers those that are over as well. Default false. */
  includeEnded?: boolean | undefined;
  /** How many at most, 1 to 10,000. Default 100. */
  limit?: number | undefined;
}

/** Alerts that nobody is to be told of for a while. */
export interface Silence {
  id: number;
  matchers: SilenceMatchers;
  /** True while it is in force. */
  isActive: boolean;
  createdAt: Date;
  /** Who set it, or last made it longer. */
  createdBy: string;
  note: string | null;
  /** When it ends by itself. */
  endsAt: Date;
  /** When it was taken back, or made room for the next one with the same matchers. */
  endedAt: Date | null;
  /** Who took it back. */
  endedBy: string | null;
}

/** The columns of `silenceColumns`. */
export interface SilenceRow extends SqlRow {
  id: number;
  matchers: unknown;
  created_at_ms: number;
  created_by: string;
  note: string | null;
  ends_at_ms: number;
  ended_at_ms: number | null;
  ended_by: string | null;
  is_active: boolean;
}

/** A row of `observability.alert_silences` as the API answers it. */
export function rowToSilence(row: SilenceRow): Silence {
  return {
    id: row.id,
    matchers: jsonToObject(row.matchers),
    isActive: row.is_active,
    createdAt: epochMsToDate(row.created_at_ms),
    createdBy: row.created_by,
    note: row.note,
    endsAt: epochMsToDate(row.ends_at_ms),
    endedAt: epochMsToDateOrNull(row.ended_at_ms),
    endedBy: row.ended_by,
  };
}
