import type { SqlRow, SqlRunner } from '../storage/sql-store.ts';
import { LEARNED_DAYS, LEAST_STAYS } from './usual-stay.ts';
import type { UsualStay } from './usual-stay.ts';
import { selectUsualStays } from './workflow-reports.sql.ts';

/** What is usual, by type and phase. */
export type UsualStays = ReadonlyMap<string, UsualStay>;

/** Answers what is usual: as it was read a while ago, or anew. */
export type ReadUsualStays = (sql: SqlRunner) => Promise<UsualStays>;

/** Milliseconds after which it is learned anew. Thirty days of history change little in ten minutes. */
export const USUAL_STAYS_MAX_AGE_MS = 600_000;

// The latest of them tell what is usual now, and reading them takes some tenths of a second at most.
const MAX_STAYS = 200_000;

/** A reader that keeps what it has read for a while, so that asking often costs little. */
export function createUsualStaysReader(maxAgeMs: number = USUAL_STAYS_MAX_AGE_MS): ReadUsualStays {
  let last: { stays: UsualStays; readAt: number } | undefined;
  return async (sql) => {
    if (last === undefined || performance.now() - last.readAt >= maxAgeMs) {
      last = { stays: await readUsualStays(sql), readAt: performance.now() };
    }
    return last.stays;
  };
}

/** What is usual for a type and phase; undefined where too few stays tell it. */
export function usualStayOf(stays: UsualStays, workflowType: string, phase: string): UsualStay | undefined {
  return stays.get(keyOf(workflowType, phase));
}

async function readUsualStays(sql: SqlRunner): Promise<UsualStays> {
  const { rows } = await sql.query<
    SqlRow & { workflow_type: string; phase: string; stays: number; p50_ms: number; p95_ms: number }
  >(selectUsualStays, [LEARNED_DAYS, MAX_STAYS, LEAST_STAYS]);
  return new Map(
    rows.map((row) => [
      keyOf(row.workflow_type, row.phase),
      {
        workflowType: row.workflow_type,
        phase: row.phase,
        stays: row.stays,
        p50Ms: row.p50_ms,
        p95Ms: row.p95_ms,
      },
    ]),
  );
}

// As JSON, so that no two different pairs are joined to the same text.
function keyOf(workflowType: string, phase: string): string {
  return JSON.stringify([workflowType, phase]);
}
