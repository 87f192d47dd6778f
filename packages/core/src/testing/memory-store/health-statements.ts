import {
  selectHealthTransitions,
  selectHealthUptime,
  upsertHealthTransitions,
} from '../../health/history/health-history.sql.ts';
import type { HealthTransitionRow, HealthUptimeRow } from '../../health/history/history-row.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import { replaceRow } from './memory-tables.ts';
import type { MemoryHealthTransition, MemoryStatement, MemoryTables } from './memory-tables.ts';

interface Interval {
  from: number;
  until: number;
}

const DAY_MS = 86_400_000;
const KNOWN = ['up', 'degraded', 'down'];

/** What the statements of `health-history.sql.ts` do. */
export const healthStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [upsertHealthTransitions, upsert],
  [selectHealthTransitions, list],
  [selectHealthUptime, uptime],
];

function upsert(tables: MemoryTables, [service, instance, json]: readonly unknown[]): SqlRow[] {
  const rows = JSON.parse(json as string) as (HealthTransitionRow & { record_id: string })[];
  for (const given of rows) {
    const known = tables.health.find(
      (row) => row.record_id === given.record_id && row.service_name === service,
    );
    if (known === undefined) {
      const whose = { service_name: service as string, instance_id: instance as string };
      tables.health.push({ ...given, ...whose, transition_id: tables.health.length + 1 });
    } else {
      const seen = Math.max(known.last_seen_at_ms, given.last_seen_at_ms);
      replaceRow(tables.health, known, { ...known, last_seen_at_ms: seen });
    }
  }
  return [];
}

function list(tables: MemoryTables, [service, check, since, limit]: readonly unknown[]): SqlRow[] {
  return tables.health
    .filter(
      (row) =>
        row.service_name === service &&
        (check === null || row.check_name === check) &&
        (since === null || row.occurred_at_ms >= (since as number)),
    )
    .sort((a, b) => b.occurred_at_ms - a.occurred_at_ms || b.transition_id - a.transition_id)
    .slice(0, limit as number);
}

function uptime(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [service, check, days, now] = values as readonly [string, string | null, number, number];
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const window = { from: today - (days - 1) * DAY_MS, until: now };
  const rows = tables.health.filter(
    (row) =>
      row.service_name === service &&
      (check === null || row.check_name === check) &&
      row.occurred_at_ms < window.until &&
      row.last_seen_at_ms >= window.from,
  );
  const names = new Set([...rows.map((row) => row.check_name), ...(check === null ? [] : [check])]);
  return [...names].toSorted().flatMap((name) =>
    Array.from({ length: days }, (_, index) => {
      const from = window.from + index * DAY_MS;
      const day = { from, until: Math.min(from + DAY_MS, now) };
      return sumDay(
        rows.filter((row) => row.check_name === name),
        name,
        day,
      );
    }),
  );
}

function sumDay(rows: readonly MemoryHealthTransition[], check: string, day: Interval): HealthUptimeRow {
  const within = (statuses: readonly string[]): Interval[] =>
    rows
      .filter((row) => statuses.includes(row.to_status))
      .map((row) => ({
        from: Math.max(row.occurred_at_ms, day.from),
        until: Math.min(row.last_seen_at_ms, day.until),
      }))
      .filter(({ from, until }) => until > from);
  const sum = (parts: readonly Interval[]): number =>
    parts.reduce((total, { from, until }) => total + until - from, 0);
  const [up = 0, degraded = 0, down = 0] = KNOWN.map((status) => sum(within([status])));
  const known = up + degraded + down;
  return {
    check_name: check,
    day_ms: day.from,
    changes: rows.filter(
      (row) => row.from_status !== null && row.occurred_at_ms >= day.from && row.occurred_at_ms < day.until,
    ).length,
    up_ms: up,
    degraded_ms: degraded,
    down_ms: down,
    unknown_ms: day.until - day.from - sum(unite(within(KNOWN))),
    up_fraction: known === 0 ? null : up / known,
    healthy_fraction: known === 0 ? null : (up + degraded) / known,
  };
}

function unite(parts: readonly Interval[]): Interval[] {
  const united: Interval[] = [];
  for (const part of parts.toSorted((a, b) => a.from - b.from)) {
    const last = united.at(-1);
    if (last !== undefined && part.from <= last.until) {
      last.until = Math.max(last.until, part.until);
    } else {
      united.push({ ...part });
    }
  }
  return united;
}
