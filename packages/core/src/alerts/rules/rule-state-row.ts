import { createHash } from 'node:crypto';
import type { SqlRow, SqlRunner } from '../../storage/sql-store.ts';
import type { RuleState } from './rule-state.ts';
import { selectRuleStates } from './rule-state.sql.ts';

/** The state of a group as it is stored. */
export interface StoredRuleState {
  fingerprint: string;
  rule: string;
  labels: Readonly<Record<string, string>>;
  state: RuleState;
}

/** What is stored of the rules of a service, and when that was read. */
export interface RuleSnapshot {
  /** Epoch milliseconds by the clock of the database. */
  nowMs: number;
  states: StoredRuleState[];
}

interface RuleStateRow extends SqlRow {
  now_ms: number;
  fingerprint: string | null;
  rule: string;
  labels: string;
  state: string;
  is_breached: boolean;
  is_flapping: boolean;
  changes_ms: string;
  since_ms: number;
  breach_changed_at_ms: number;
  refreshed_at_ms: number;
}

/** What makes the alerts of a group of a rule the same one: 64 hex digits of a SHA-256. */
export function createRuleFingerprint(
  serviceName: string | null,
  rule: string,
  labels: Readonly<Record<string, string>>,
): string {
  const sorted = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(['rule', serviceName, rule, sorted]))
    .digest('hex');
}

/** Reads the states of a service. @throws the driver's error */
export async function readRuleStates(sql: SqlRunner, serviceName: string | null): Promise<RuleSnapshot> {
  const { rows } = await sql.query<RuleStateRow>(selectRuleStates, [serviceName ?? '']);
  return {
    nowMs: rows[0]?.now_ms ?? Date.now(),
    states: rows.flatMap((row) => (row.fingerprint === null ? [] : rowToState(row, row.fingerprint))),
  };
}

function rowToState(row: RuleStateRow, fingerprint: string): StoredRuleState {
  return {
    fingerprint,
    rule: row.rule,
    labels: JSON.parse(row.labels) as Record<string, string>,
    state: {
      state: row.state as RuleState['state'],
      sinceMs: row.since_ms,
      isBreached: row.is_breached,
      breachChangedAtMs: row.breach_changed_at_ms,
      isFlapping: row.is_flapping,
      changesMs: JSON.parse(row.changes_ms) as number[],
      refreshedAtMs: row.refreshed_at_ms,
    },
  };
}

/** States in the shape of `upsertRuleStates`. */
export function statesToJson(
  serviceName: string | null,
  states: readonly (StoredRuleState & { value: number | null })[],
): string {
  return JSON.stringify(
    states.map(({ fingerprint, rule, labels, value, state }) => ({
      fingerprint,
      service_name: serviceName ?? '',
      rule,
      labels,
      state: state.state,
      since_ms: state.sinceMs,
      is_breached: state.isBreached,
      is_flapping: state.isFlapping,
      breach_changed_at_ms: state.breachChangedAtMs,
      refreshed_at_ms: state.refreshedAtMs,
      changes_ms: state.changesMs,
      value,
    })),
  );
}
