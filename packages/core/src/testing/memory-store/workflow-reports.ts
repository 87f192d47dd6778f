import type { SqlRow } from '../../storage/sql-store.ts';
import {
  selectFunnel,
  selectPhaseDurations,
  selectStuckWorkflows,
  selectUsualStays,
} from '../../workflows/workflow-reports.sql.ts';
import { tick } from './memory-tables.ts';
import type { MemoryStatement, MemoryTables, MemoryWorkflow } from './memory-tables.ts';

type Text = string | null;

interface Stay {
  workflow_type: string;
  phase: string;
  stayMs: number;
  endedAt: number;
}

const DAY_MS = 86_400_000;

/** What the statements of `workflow-reports.sql.ts` do, those of the sweep left out: it runs where housekeeping does. */
export const workflowReportStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [selectFunnel, countFunnel],
  [selectPhaseDurations, readDurations],
  [selectUsualStays, readUsual],
  [selectStuckWorkflows, findStuck],
];

function countFunnel(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [type, from, to] = values as readonly [string, number, number];
  const started = new Set(
    tables.workflows
      .filter((row) => row.workflow_type === type && row.created_at_ms >= from && row.created_at_ms < to)
      .map((row) => row.workflow_id),
  );
  const reached = new Map<string, { version: number; at: number; ids: Set<string> }>();
  for (const { workflow_id: id, to_phase: phase, version, occurred_at_ms: at } of tables.transitions) {
    if (started.has(id)) {
      const seen = reached.get(phase) ?? { version, at, ids: new Set() };
      seen.version = Math.min(seen.version, version);
      seen.ids.add(id);
      reached.set(phase, seen);
    }
  }
  return [...reached]
    .toSorted(([, a], [, b]) => a.version - b.version || a.at - b.at)
    .map(([phase, { ids }]) => ({ phase, workflows: ids.size, started: started.size }));
}

function readDurations(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [type, phase, from, to] = values as readonly [Text, Text, number, number];
  const stays = staysOf(tables).filter(
    (stay) =>
      stay.endedAt >= from &&
      stay.endedAt < to &&
      (type === null || stay.workflow_type === type) &&
      (phase === null || stay.phase === phase),
  );
  return sumUp(stays).toSorted(
    (a, b) => compare(a.workflow_type, b.workflow_type) || compare(a.phase, b.phase),
  );
}

function readUsual(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [days, limit, least] = values as readonly [number, number, number];
  const since = tick(tables) - days * DAY_MS;
  const latest = staysOf(tables)
    .filter(({ endedAt }) => endedAt >= since)
    .toSorted((a, b) => b.endedAt - a.endedAt)
    .slice(0, limit);
  return sumUp(latest).filter(({ stays }) => stays >= least);
}

function findStuck(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [json, type, limit] = values as readonly [string, Text, number];
  const usual = JSON.parse(json) as { workflow_type: string; phase: string; after_ms: number }[];
  const now = tick(tables);
  const isStuck = (row: MemoryWorkflow): boolean => {
    const known = usual.find(
      (each) => each.workflow_type === row.workflow_type && each.phase === row.current_phase,
    );
    const unusualAt =
      known === undefined ? (row.unusual_at_ms ?? Infinity) : row.phase_entered_at_ms + known.after_ms;
    return row.finished_at_ms === null && Math.min(row.deadline_at_ms ?? Infinity, unusualAt) < now;
  };
  return tables.workflows
    .filter((row) => (type === null || row.workflow_type === type) && isStuck(row))
    .toSorted((a, b) => a.phase_entered_at_ms - b.phase_entered_at_ms)
    .slice(0, limit)
    .map((row) => ({ unusual_at_ms: null, ...row, now_ms: now }));
}

function staysOf(tables: MemoryTables): Stay[] {
  const types = new Map(tables.workflows.map((row) => [row.workflow_id, row.workflow_type]));
  return tables.transitions.flatMap(
    ({ workflow_id: id, from_phase: phase, stay_ms: stayMs, occurred_at_ms: endedAt }) => {
      const type = types.get(id);
      return stayMs === null || phase === null || type === undefined
        ? []
        : [{ workflow_type: type, phase, stayMs, endedAt }];
    },
  );
}

interface Durations extends SqlRow {
  workflow_type: string;
  phase: string;
  stays: number;
}

function sumUp(stays: readonly Stay[]): Durations[] {
  const groups = new Map<string, Stay[]>();
  for (const stay of stays) {
    const key = JSON.stringify([stay.workflow_type, stay.phase]);
    groups.set(key, [...(groups.get(key) ?? []), stay]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const sorted = group.map(({ stayMs }) => stayMs).toSorted((a, b) => a - b);
    return first === undefined
      ? []
      : [
          {
            workflow_type: first.workflow_type,
            phase: first.phase,
            stays: group.length,
            p50_ms: percentile(sorted, 0.5),
            p95_ms: percentile(sorted, 0.95),
            max_ms: sorted.at(-1),
          },
        ];
  });
}

/** As `percentile_cont` has it: between the two values that lie around the place. */
function percentile(sorted: readonly number[], fraction: number): number {
  const place = (sorted.length - 1) * fraction;
  const [lower = 0, upper = lower] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return lower + (upper - lower) * (place - Math.floor(place));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
