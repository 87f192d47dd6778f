import { epochMsToDate } from '../../storage/row-values.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import type { RecordedHealthState } from './recorded-state.ts';

/** A change of health that was stored. */
export interface HealthHistoryEntry {
  /** Name of the check; `ready` is the readiness. */
  check: string;
  /** The process that saw it. */
  instanceId: string | null;
  /** Null for the first look of a process, and for the first one after a time without any. */
  from: RecordedHealthState | null;
  to: RecordedHealthState;
  /** What the check said; null where it said nothing. */
  reason: string | null;
  /** Milliseconds the status before had lasted; null where there was none. */
  durationMs: number | null;
  occurredAt: Date;
  /** When this status was last seen, at most a minute behind while it goes on. */
  lastSeenAt: Date;
  /** True where the check was changing again and again. */
  flapping: boolean;
}

/** A day of a check. Times are added up over the processes of the service. */
export interface HealthUptime {
  check: string;
  /** Begin of the day in UTC. */
  day: Date;
  /** Milliseconds in which it was up, degraded, down. */
  upMs: number;
  degradedMs: number;
  downMs: number;
  /** Milliseconds of the day, as far as it is over, in which no process knew. */
  unknownMs: number;
  /** Share of the known time in which it was up, 0 to 1; null where nothing is known. */
  upFraction: number | null;
  /** The same for up or degraded, which answer 200. */
  healthyFraction: number | null;
  /** Changes on this day. */
  changes: number;
}

/** The columns of `selectHealthTransitions`. */
export interface HealthTransitionRow extends SqlRow {
  check_name: string;
  instance_id: string | null;
  from_status: string | null;
  to_status: string;
  reason: string | null;
  duration_ms: number | null;
  is_flapping: boolean;
  occurred_at_ms: number;
  last_seen_at_ms: number;
}

/** The columns of `selectHealthUptime`. */
export interface HealthUptimeRow extends SqlRow {
  check_name: string;
  day_ms: number;
  changes: number;
  up_ms: number;
  degraded_ms: number;
  down_ms: number;
  unknown_ms: number;
  up_fraction: number | null;
  healthy_fraction: number | null;
}

/** A row of `observability.health_transitions` as the API answers it. */
export function rowToHistoryEntry(row: HealthTransitionRow): HealthHistoryEntry {
  return {
    check: row.check_name,
    instanceId: row.instance_id,
    from: row.from_status as RecordedHealthState | null,
    to: row.to_status as RecordedHealthState,
    reason: row.reason,
    durationMs: row.duration_ms,
    occurredAt: epochMsToDate(row.occurred_at_ms),
    lastSeenAt: epochMsToDate(row.last_seen_at_ms),
    flapping: row.is_flapping,
  };
}

/** A row of `selectHealthUptime` as the API answers it; microseconds of the database are rounded away. */
export function rowToUptime(row: HealthUptimeRow): HealthUptime {
  return {
    check: row.check_name,
    day: epochMsToDate(row.day_ms),
    upMs: Math.round(row.up_ms),
    degradedMs: Math.round(row.degraded_ms),
    downMs: Math.round(row.down_ms),
    unknownMs: Math.max(0, Math.round(row.unknown_ms)),
    upFraction: row.up_fraction,
    healthyFraction: row.healthy_fraction,
    changes: row.changes,
  };
}
