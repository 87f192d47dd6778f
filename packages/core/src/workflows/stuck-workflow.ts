import { describeValue } from '../arguments/describe-value.ts';
import { durationToText } from './duration-text.ts';
import { LEAST_STAYS, unusualAfterMs } from './usual-stay.ts';
import type { UsualStay } from './usual-stay.ts';

/** A workflow that has been in its phase for too long. */
export interface StuckWorkflow {
  workflowId: string;
  workflowType: string;
  /** Phase it is stuck in. */
  phase: string;
  status: string;
  version: number;
  correlationId: string | null;
  /** Trace in which it was created. */
  traceId: string | null;
  phaseEnteredAt: Date;
  deadlineAt: Date | null;
  /** Milliseconds it has been in the phase. */
  inPhaseMs: number;
  /**
   * By what it is stuck: `deadline`, it is past the deadline of its definition; `unusual`, it is there for longer than is usual
   * for its type and phase.
   */
  rule: 'deadline' | 'unusual';
  /** The reason in words, for people. */
  reason: string;
}

/** An unfinished workflow, to be judged. Times in epoch milliseconds, by one clock. */
export interface StayFacts {
  readonly workflowType: string;
  readonly phase: string;
  readonly phaseEnteredAtMs: number;
  readonly deadlineAtMs: number | null;
  /** When the stay is unusually long by the definition. */
  readonly unusualAtMs: number | null;
}

/** Why a workflow is stuck. */
export type StuckReason = Pick<StuckWorkflow, 'rule' | 'reason' | 'inPhaseMs'>;

/**
 * Decides whether an unfinished workflow is stuck. A deadline that has passed counts first. Else what is usual counts, where at
 * least 20 stays of the last 30 days tell it; else what the definition expects.
 *
 * @param usual of the type and phase; undefined where it is not known
 * @returns undefined for one that is not stuck
 */
export function judgeStay(
  stay: StayFacts,
  usual: UsualStay | undefined,
  nowMs: number,
): StuckReason | undefined {
  const inPhaseMs = Math.max(0, nowMs - stay.phaseEnteredAtMs);
  const now = `now ${durationToText(inPhaseMs)} in ${describeValue(stay.phase)}`;
  if (stay.deadlineAtMs !== null && stay.deadlineAtMs < nowMs) {
    const late = durationToText(nowMs - stay.deadlineAtMs);
    return { rule: 'deadline', inPhaseMs, reason: `${late} past its deadline, ${now}` };
  }
  if (usual !== undefined && usual.stays >= LEAST_STAYS) {
    return inPhaseMs > unusualAfterMs(usual.p95Ms)
      ? { rule: 'unusual', inPhaseMs, reason: `usually ${usualText(usual)}, ${now}` }
      : undefined;
  }
  if (stay.unusualAtMs !== null && stay.unusualAtMs < nowMs) {
    const limit = durationToText(stay.unusualAtMs - stay.phaseEnteredAtMs);
    return { rule: 'unusual', inPhaseMs, reason: `by its definition hardly ever over ${limit}, ${now}` };
  }
  return undefined;
}

function usualText({ p50Ms, p95Ms }: UsualStay): string {
  const [median, high] = [durationToText(p50Ms), durationToText(p95Ms)];
  return median === high ? median : `${median} (95 of 100 within ${high})`;
}
