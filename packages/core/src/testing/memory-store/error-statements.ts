import type { ErrorGroupRow } from '../../error-groups/error-group.ts';
import {
  changeErrorGroup,
  selectErrorGroup,
  selectErrorGroups,
  selectNewErrors,
  upsertErrorGroups,
} from '../../error-groups/error-groups.sql.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import { replaceRow, tick } from './memory-tables.ts';
import type { MemoryStatement, MemoryTables } from './memory-tables.ts';

type Text = string | null;

/** What the statements of `error-groups.sql.ts` do. */
export const errorStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [upsertErrorGroups, upsert],
  [selectErrorGroups, list],
  [selectErrorGroup, (tables, [fingerprint]) => tables.errorGroups.filter(hasFingerprint(fingerprint))],
  [changeErrorGroup, change],
  [selectNewErrors, selectNew],
];

interface CountRow {
  fingerprint: string;
  service_name: string;
  exception_type: string;
  message: string;
  culprit: Text;
  first_seen_ms: number;
  last_seen_ms: number;
  count: number;
  last_trace_id: Text;
}

function upsert(tables: MemoryTables, [json]: readonly unknown[]): SqlRow[] {
  for (const counted of JSON.parse(json as string) as CountRow[]) {
    const known = tables.errorGroups.find(hasFingerprint(counted.fingerprint));
    if (known === undefined) {
      tables.errorGroups.push(toRow(counted, tick(tables)));
    } else {
      replaceRow(
        tables.errorGroups,
        known,
        addTo(known, counted, () => tick(tables)),
      );
    }
  }
  return [];
}

function toRow(counted: CountRow, at: number): ErrorGroupRow {
  const { first_seen_ms: first, last_seen_ms: last, ...rest } = counted;
  return {
    ...rest,
    state: 'open',
    state_changed_by: null,
    state_note: null,
    regression_count: 0,
    first_seen_at_ms: first,
    last_seen_at_ms: last,
    state_changed_at_ms: at,
    created_at_ms: at,
  };
}

function addTo(known: ErrorGroupRow, counted: CountRow, now: () => number): ErrorGroupRow {
  const isLater = counted.last_seen_ms >= known.last_seen_at_ms;
  const isBack = known.state === 'resolved' && counted.last_seen_ms > known.state_changed_at_ms;
  return {
    ...known,
    count: known.count + counted.count,
    first_seen_at_ms: Math.min(known.first_seen_at_ms, counted.first_seen_ms),
    last_seen_at_ms: Math.max(known.last_seen_at_ms, counted.last_seen_ms),
    last_trace_id: isLater ? (counted.last_trace_id ?? known.last_trace_id) : known.last_trace_id,
    ...(isBack
      ? {
          state: 'open',
          regression_count: known.regression_count + 1,
          state_changed_by: null,
          state_note: null,
          state_changed_at_ms: now(),
        }
      : {}),
  };
}

function list(tables: MemoryTables, [since, state, service, limit]: readonly unknown[]): SqlRow[] {
  return tables.errorGroups
    .filter(
      (row) =>
        (since === null || row.last_seen_at_ms >= (since as number)) &&
        (state === null || row.state === state) &&
        (service === null || row.service_name === service),
    )
    .sort((a, b) => b.last_seen_at_ms - a.last_seen_at_ms || compare(a.fingerprint, b.fingerprint))
    .slice(0, limit as number);
}

function change(tables: MemoryTables, [fingerprint, state, by, note]: readonly unknown[]): SqlRow[] {
  const row = tables.errorGroups.find(hasFingerprint(fingerprint));
  if (row === undefined) {
    return [];
  }
  const changed: ErrorGroupRow = {
    ...row,
    state: state as string,
    state_changed_by: by as Text,
    state_note: note as Text,
    state_changed_at_ms: tick(tables),
  };
  replaceRow(tables.errorGroups, row, changed);
  return [changed];
}

function selectNew(tables: MemoryTables, [since, limit, service]: readonly unknown[]): SqlRow[] {
  const from = since as number;
  const changedAt = (row: ErrorGroupRow): number => Math.max(row.created_at_ms, row.state_changed_at_ms);
  return tables.errorGroups
    .filter((row) => {
      const isBack =
        row.regression_count > 0 && row.state_changed_by === null && row.state_changed_at_ms >= from;
      const isOf = service === null || row.service_name === service;
      return isOf && row.state === 'open' && (row.created_at_ms >= from || isBack);
    })
    .sort((a, b) => changedAt(a) - changedAt(b) || compare(a.fingerprint, b.fingerprint))
    .slice(0, limit as number);
}

function hasFingerprint(fingerprint: unknown): (row: ErrorGroupRow) => boolean {
  return (row) => row.fingerprint === fingerprint;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
