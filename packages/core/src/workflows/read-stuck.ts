import { assertArguments, assertLimit } from '../arguments/assert-arguments.ts';
import { epochMsToDate, epochMsToDateOrNull } from '../storage/row-values.ts';
import type { SqlRow, SqlRunner } from '../storage/sql-store.ts';
import { judgeStay } from './stuck-workflow.ts';
import type { StuckWorkflow } from './stuck-workflow.ts';
import { unusualAfterMs } from './usual-stay.ts';
import { usualStayOf } from './usual-stays.ts';
import type { ReadUsualStays, UsualStays } from './usual-stays.ts';
import { assertWorkflowType } from './workflow-arguments.ts';
import { selectStuckWorkflows } from './workflow-reports.sql.ts';

/** Which workflows `stuck` answers. */
export interface StuckQuery {
  /** Default: all types. */
  workflowType?: string | undefined;
  /** How many at most, 1 to 10,000. Default 100. */
  limit?: number | undefined;
}

interface StuckRow extends SqlRow {
  workflow_id: string;
  workflow_type: string;
  current_phase: string;
  status: string;
  version: number;
  correlation_id: string | null;
  trace_id: string | null;
  phase_entered_at_ms: number;
  deadline_at_ms: number | null;
  unusual_at_ms: number | null;
  now_ms: number;
}

/** The workflows that are stuck, those that came into their phase first before the others. */
export async function readStuck(
  sql: SqlRunner,
  query: StuckQuery,
  readUsual: ReadUsualStays,
): Promise<StuckWorkflow[]> {
  assertArguments(query, 'The argument of stuck', "{ workflowType: 'order', limit: 10 }");
  const { workflowType, limit = 100 } = query;
  if (workflowType !== undefined) {
    assertWorkflowType(workflowType);
  }
  assertLimit(limit);
  const usual = await readUsual(sql);
  const limits = [...usual.values()].map((stay) => ({
    workflow_type: stay.workflowType,
    phase: stay.phase,
    after_ms: unusualAfterMs(stay.p95Ms),
  }));
  const values = [JSON.stringify(limits), workflowType ?? null, limit];
  const { rows } = await sql.query<StuckRow>(selectStuckWorkflows, values);
  return rows.flatMap((row) => rowToStuck(row, usual));
}

function rowToStuck(row: StuckRow, usual: UsualStays): StuckWorkflow[] {
  const { workflow_type: workflowType, current_phase: phase } = row;
  const reason = judgeStay(
    {
      workflowType,
      phase,
      phaseEnteredAtMs: row.phase_entered_at_ms,
      deadlineAtMs: row.deadline_at_ms,
      unusualAtMs: row.unusual_at_ms,
    },
    usualStayOf(usual, workflowType, phase),
    row.now_ms,
  );
  if (reason === undefined) {
    return [];
  }
  return [
    {
      workflowId: row.workflow_id,
      workflowType,
      phase,
      status: row.status,
      version: row.version,
      correlationId: row.correlation_id,
      traceId: row.trace_id,
      phaseEnteredAt: epochMsToDate(row.phase_entered_at_ms),
      deadlineAt: epochMsToDateOrNull(row.deadline_at_ms),
      ...reason,
    },
  ];
}
