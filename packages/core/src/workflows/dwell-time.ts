import { isFinishedStatus } from './workflow-state.ts';
import type { WorkflowTransition } from './workflow-state.ts';

/** How long a workflow has been in a phase, all its stays there together. */
export interface DwellTime {
  phase: string;
  /** How often it has come into the phase. */
  stays: number;
  /** Milliseconds; of a stay that goes on, up to now. 0 for the phase it ended in by coming there. */
  durationMs: number;
  /** True for the phase it is in now; of a finished workflow, for none. */
  isCurrent: boolean;
}

/**
 * Sums the stays up. A stay begins when the phase is entered, or when a finished workflow is taken up again, and ends when the
 * phase is left or the workflow finishes: a finished workflow stays nowhere.
 *
 * @param transitions all of a workflow, the oldest first
 * @param nowMs by the clock that made their times, epoch milliseconds
 * @returns the phases in the order in which they first came
 */
export function dwellTimesOf(transitions: readonly WorkflowTransition[], nowMs: number): DwellTime[] {
  const stays = staysOf(transitions);
  const times = new Map<string, DwellTime>();
  for (const { phase, sinceMs, untilMs } of stays) {
    const time = times.get(phase) ?? { phase, stays: 0, durationMs: 0, isCurrent: false };
    time.stays += 1;
    // A clock that is behind must not take away from other stays.
    time.durationMs += Math.max(0, (untilMs ?? nowMs) - sinceMs);
    time.isCurrent ||= untilMs === undefined;
    times.set(phase, time);
  }
  return [...times.values()];
}

interface Stay {
  phase: string;
  sinceMs: number;
  /** Undefined while it goes on. */
  untilMs: number | undefined;
}

function staysOf(transitions: readonly WorkflowTransition[]): Stay[] {
  const stays: Stay[] = [];
  for (const { toPhase: phase, toStatus, occurredAt } of transitions) {
    const atMs = occurredAt.getTime();
    const isFinished = isFinishedStatus(toStatus);
    const last = stays.at(-1);
    const goesOn = last?.phase === phase && (last.untilMs === undefined || isFinished);
    if (last !== undefined && (!goesOn || isFinished)) {
      last.untilMs ??= atMs;
    }
    if (!goesOn) {
      stays.push({ phase, sinceMs: atMs, untilMs: isFinished ? atMs : undefined });
    }
  }
  return stays;
}
