import { assertArguments } from '../arguments/assert-arguments.ts';
import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { toEpochMs } from '../metrics/accepted-window.ts';
import type { SqlRow, SqlRunner } from '../storage/sql-store.ts';
import { assertPhase, assertWorkflowType } from './workflow-arguments.ts';
import type { WorkflowDefinition } from './workflow-definition.ts';
import { selectFunnel, selectPhaseDurations } from './workflow-reports.sql.ts';
import type { Definitions } from './workflow-rules.ts';

/** A range of time. */
export interface ReportRange {
  /** First moment. Default: 30 days before `endTime`. */
  startTime?: Date | number | undefined;
  /** First moment after. Default: now. */
  endTime?: Date | number | undefined;
}

/** Which workflows a funnel counts: those of a type that were created in the range. */
export interface FunnelQuery extends ReportRange {
  workflowType: string;
}

/** One phase of a funnel. */
export interface FunnelStep {
  phase: string;
  /** How many have ever been in it. */
  workflows: number;
  /** Their share of all that were created in the range, 0 to 1. */
  share: number;
}

/** Which stays are summed up: those that ended in the range; of all types and phases, unless one is named. */
export interface PhaseDurationsQuery extends ReportRange {
  workflowType?: string | undefined;
  phase?: string | undefined;
}

/** How long workflows of a type stay in a phase. */
export interface PhaseDurations {
  workflowType: string;
  phase: string;
  /** How many stays have ended in the range. */
  stays: number;
  p50Ms: number;
  p95Ms: number;
  maxMs: number;
}

interface FunnelRow extends SqlRow {
  phase: string;
  workflows: number;
  started: number;
}

const DEFAULT_RANGE_MS = 30 * 86_400_000;
const LAST_TIME_MS = Date.UTC(9999, 0);
const CLOCK_MARGIN_MS = 3_600_000;

/** How many of the workflows that were created in a range have reached each phase. */
export async function readFunnel(
  sql: SqlRunner,
  query: FunnelQuery,
  definitions: Definitions,
): Promise<FunnelStep[]> {
  assertArguments(query, 'The argument of funnel', "{ workflowType: 'order' }");
  const { workflowType } = query;
  assertWorkflowType(workflowType);
  const range = toRange(query, Date.now());
  const { rows } = await sql.query<FunnelRow>(selectFunnel, [workflowType, ...range]);
  return toFunnel(rows, definitions.get(workflowType));
}

/** Percentiles of the stays that have ended in a range. */
export async function readPhaseDurations(
  sql: SqlRunner,
  query: PhaseDurationsQuery,
): Promise<PhaseDurations[]> {
  assertArguments(query, 'The argument of phaseDurations', "{ workflowType: 'order' }");
  const { workflowType, phase } = query;
  if (workflowType !== undefined) {
    assertWorkflowType(workflowType);
  }
  if (phase !== undefined) {
    assertPhase(phase);
  }
  const values = [workflowType ?? null, phase ?? null, ...toRange(query, Date.now())];
  const { rows } = await sql.query<
    SqlRow & {
      workflow_type: string;
      phase: string;
      stays: number;
      p50_ms: number;
      p95_ms: number;
      max_ms: number;
    }
  >(selectPhaseDurations, values);
  return rows.map((row) => ({
    workflowType: row.workflow_type,
    phase: row.phase,
    stays: row.stays,
    p50Ms: row.p50_ms,
    p95Ms: row.p95_ms,
    maxMs: row.max_ms,
  }));
}

/** The rows in the order of the definition, with zero for phases nobody reached; without one in the order they come. */
export function toFunnel(
  rows: readonly FunnelRow[],
  definition: WorkflowDefinition | undefined,
): FunnelStep[] {
  const counts = new Map(rows.map(({ phase, workflows }) => [phase, workflows]));
  const started = rows[0]?.started ?? 0;
  const defined = definition === undefined ? [] : Object.keys(definition.phases);
  return [...new Set([...defined, ...counts.keys()])].map((phase) => {
    const workflows = counts.get(phase) ?? 0;
    return { phase, workflows, share: started === 0 ? 0 : workflows / started };
  });
}

function toRange({ startTime, endTime }: ReportRange, nowMs: number): [fromMs: number, toMs: number] {
  // The clock of the database may be ahead of ours.
  const to = endTime === undefined ? nowMs + CLOCK_MARGIN_MS : toTime('endTime', endTime);
  const from = startTime === undefined ? to - DEFAULT_RANGE_MS : toTime('startTime', startTime);
  if (from > to) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      'startTime is a time after endTime; expected one at or before it. Did you swap them?',
    );
  }
  return [from, to];
}

// Nothing was recorded before 1970, and PostgreSQL reads no year after 294276.
function toTime(name: string, time: unknown): number {
  const epochMs = toEpochMs(time);
  if (epochMs === undefined) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `${name} is ${describeValue(time)}; expected a valid Date, or milliseconds since 1970.`,
    );
  }
  return Math.min(Math.max(0, epochMs), LAST_TIME_MS);
}
