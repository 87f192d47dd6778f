import type { AlertRow } from '../../alerts/alert-row.ts';
import { isLike } from '../../alerts/silences/glob.ts';
import {
  closeRunOutSilence,
  endSilence,
  selectSilences,
  upsertSilence,
} from '../../alerts/silences/silences.sql.ts';
import { jsonToObject } from '../../storage/row-values.ts';
import type { SqlRow } from '../../storage/sql-store.ts';
import { replaceRow, tick } from './memory-tables.ts';
import type { MemorySilence, MemoryStatement, MemoryTables } from './memory-tables.ts';

type Text = string | null;

/** What the statements of `silences.sql.ts` do. */
export const silenceStatements: readonly (readonly [text: string, run: MemoryStatement])[] = [
  [closeRunOutSilence, closeRunOut],
  [upsertSilence, upsert],
  [endSilence, end],
  [selectSilences, select],
];

/** Until when the silences in force keep an alert from being told, in epoch milliseconds; null where none matches. */
export function silencedUntil(tables: MemoryTables, alert: AlertRow): number | null {
  const at = tick(tables);
  const ends = tables.silences
    .filter((silence) => isActive(silence, at) && matches(silence, alert))
    .map((silence) => silence.ends_at_ms);
  return ends.length === 0 ? null : Math.max(...ends);
}

function matches({ patterns }: MemorySilence, alert: AlertRow): boolean {
  const labels = jsonToObject(alert.labels);
  const values: Readonly<Record<string, unknown>> = {
    alertType: alert.alert_type,
    severity: alert.severity,
    serviceName: alert.service_name,
    title: alert.title,
  };
  return Object.entries(patterns).every(([field, pattern]) => {
    const value = field.startsWith('label:') ? labels[field.slice(6)] : values[field];
    return typeof value === 'string' && isLike(value, pattern);
  });
}

function closeRunOut(tables: MemoryTables, [hash]: readonly unknown[]): SqlRow[] {
  const at = tick(tables);
  const open = findOpen(tables, hash);
  if (open !== undefined && open.ends_at_ms <= at) {
    replaceRow(tables.silences, open, { ...open, ended_at_ms: open.ends_at_ms });
  }
  return [];
}

function upsert(tables: MemoryTables, values: readonly unknown[]): SqlRow[] {
  const [hash, matchers, patterns, by, note, untilMs, forMs] = values as readonly [
    string,
    string,
    string,
    string,
    Text,
    number | null,
    number,
  ];
  const at = tick(tables);
  const endsAt = untilMs ?? at + forMs;
  const open = findOpen(tables, hash);
  const silence: MemorySilence =
    open === undefined
      ? {
          id: tables.silences.length + 1,
          matchers,
          matchers_hash: hash,
          patterns: JSON.parse(patterns) as Record<string, string>,
          created_at_ms: at,
          created_by: by,
          note,
          ends_at_ms: endsAt,
          ended_at_ms: null,
          ended_by: null,
          is_active: true,
        }
      : { ...open, ends_at_ms: Math.max(open.ends_at_ms, endsAt), created_by: by, note: note ?? open.note };
  if (open === undefined) {
    tables.silences.push(silence);
  } else {
    replaceRow(tables.silences, open, silence);
  }
  return [toAnswer(tables, silence)];
}

function end(tables: MemoryTables, [id, by]: readonly unknown[]): SqlRow[] {
  const silence = tables.silences.find((each) => each.id === id);
  if (silence === undefined) {
    return [];
  }
  const ended =
    silence.ended_at_ms === null
      ? { ...silence, ended_at_ms: Math.min(silence.ends_at_ms, tick(tables)), ended_by: by as Text }
      : silence;
  replaceRow(tables.silences, silence, ended);
  return [toAnswer(tables, ended)];
}

function select(tables: MemoryTables, [includeEnded, limit]: readonly unknown[]): SqlRow[] {
  return tables.silences
    .map((silence) => toAnswer(tables, silence))
    .filter((silence) => includeEnded === true || silence.is_active)
    .sort((a, b) => b.id - a.id)
    .slice(0, limit as number);
}

function toAnswer(tables: MemoryTables, silence: MemorySilence): MemorySilence {
  return { ...silence, is_active: isActive(silence, tick(tables)) };
}

function isActive(silence: MemorySilence, at: number): boolean {
  return silence.ended_at_ms === null && silence.ends_at_ms > at;
}

function findOpen(tables: MemoryTables, hash: unknown): MemorySilence | undefined {
  return tables.silences.find((silence) => silence.matchers_hash === hash && silence.ended_at_ms === null);
}
