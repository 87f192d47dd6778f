import { epochMsToDate } from '../storage/row-values.ts';
import type { SqlRow } from '../storage/sql-store.ts';

/** `open`: nobody has looked, or it came back; `resolved`: mended; `ignored`: counted and no more. */
export const ERROR_GROUP_STATES = ['open', 'resolved', 'ignored'] as const;

/** What has become of a group of errors. */
export type ErrorGroupState = (typeof ERROR_GROUP_STATES)[number];

/** Errors that are the same: of one service, type, message (without what differs) and place in the code. */
export interface ErrorGroup {
  /** 64 hex digits. */
  fingerprint: string;
  serviceName: string;
  /** Class or code of the error, for example `TypeError` or `ECONNREFUSED`. */
  exceptionType: string;
  /** As it was first seen. */
  message: string;
  /** The first stack frame of the application itself, `chargeCard (src/payments.ts)`; null where there is none. */
  culprit: string | null;
  /** How often it was seen. */
  count: number;
  firstSeenAt: Date;
  lastSeenAt: Date;
  /** Trace in which it was last seen. */
  lastTraceId: string | null;
  state: ErrorGroupState;
  stateChangedAt: Date;
  /** Who changed the state; null where nobody has. */
  stateChangedBy: string | null;
  stateNote: string | null;
  /** How often it was seen again after it was resolved. */
  regressionCount: number;
}

/** A group that is new, or back. */
export interface NewError extends ErrorGroup {
  kind: 'new' | 'regression';
}

/** The columns of a group. */
export interface ErrorGroupRow extends SqlRow {
  fingerprint: string;
  service_name: string;
  exception_type: string;
  message: string;
  culprit: string | null;
  count: number;
  last_trace_id: string | null;
  state: string;
  state_changed_by: string | null;
  state_note: string | null;
  regression_count: number;
  first_seen_at_ms: number;
  last_seen_at_ms: number;
  state_changed_at_ms: number;
  created_at_ms: number;
}

/** A row of `observability.error_groups` as the API answers it. */
export function rowToErrorGroup(row: ErrorGroupRow): ErrorGroup {
  return {
    fingerprint: row.fingerprint,
    serviceName: row.service_name,
    exceptionType: row.exception_type,
    message: row.message,
    culprit: row.culprit,
    count: row.count,
    firstSeenAt: epochMsToDate(row.first_seen_at_ms),
    lastSeenAt: epochMsToDate(row.last_seen_at_ms),
    lastTraceId: row.last_trace_id,
    state: row.state as ErrorGroupState,
    stateChangedAt: epochMsToDate(row.state_changed_at_ms),
    stateChangedBy: row.state_changed_by,
    stateNote: row.state_note,
    regressionCount: row.regression_count,
  };
}
