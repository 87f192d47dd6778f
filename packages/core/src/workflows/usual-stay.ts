/** What is usual for a phase, learned from stays that have ended. */
export interface UsualStay {
  readonly workflowType: string;
  readonly phase: string;
  /** How many stays it was learned from. */
  readonly stays: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Least finished stays from which is learned what is usual. Fewer say little about the slowest of twenty. */
export const LEAST_STAYS = 20;

/** Days of history that are learned from: what was usual a quarter ago may not be now. */
export const LEARNED_DAYS = 30;

const MINUTE_MS = 60_000;

/**
 * Milliseconds after which a stay in a phase is unusually long: four times what 95 of 100 stay, and at least a minute more.
 * Stays have a long tail: twice the 95th percentile would name one of some hundred healthy workflows; four times names
 * hardly any, and is still soon where a stay takes minutes. The minute keeps phases of milliseconds from being called
 * stuck because of a pause of the process.
 *
 * @param p95Ms the 95th percentile of stays, or what a definition expects
 */
export function unusualAfterMs(p95Ms: number): number {
  return Math.max(4 * p95Ms, p95Ms + MINUTE_MS);
}
