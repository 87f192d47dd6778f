/** What a process knows of how its database answered. Times are milliseconds of a monotonic clock. */
export interface OutageState {
  /** When a call first failed since the last answer; null while it answers. */
  readonly awaySinceMs: number | null;
  /** Whether this process is the one to tell: it was the one that evaluates when the database went. */
  readonly isTeller: boolean;
  readonly isTold: boolean;
  /** The last time the database was away and came back. */
  readonly last: { readonly durationMs: number; readonly endedMs: number; readonly isTeller: boolean } | null;
}

/** Before anything is known. */
export const NO_OUTAGE: OutageState = Object.freeze({
  awaySinceMs: null,
  isTeller: false,
  isTold: false,
  last: null,
});

// Who has told of it stores that first; another process would tell once more.
const TELLER_FIRST_MS = 10_000;

/** A call failed. `tell` is true once for an outage, when it has lasted for longer than `forMs`. */
export function noteFailure(
  state: OutageState,
  { nowMs, isHolder, forMs }: { nowMs: number; isHolder: boolean; forMs: number },
): { state: OutageState; tell: boolean } {
  const begun =
    state.awaySinceMs === null ? { ...state, awaySinceMs: nowMs, isTeller: isHolder, isTold: false } : state;
  const tell = begun.isTeller && !begun.isTold && nowMs - (begun.awaySinceMs ?? nowMs) > forMs;
  return { state: tell ? { ...begun, isTold: true } : begun, tell };
}

/** A call was answered. */
export function noteAnswer(state: OutageState, nowMs: number): OutageState {
  const { awaySinceMs, isTeller } = state;
  if (awaySinceMs === null) {
    return state;
  }
  const last = { durationMs: nowMs - awaySinceMs, endedMs: nowMs, isTeller };
  return { awaySinceMs: null, isTeller: false, isTold: false, last };
}

/**
 * How long the database was away, in milliseconds, until `quietMs` after it came back; 0 from then on. Null while another process
 * has the first say.
 */
export function readOutage(
  { awaySinceMs, last }: OutageState,
  { nowMs, quietMs }: { nowMs: number; quietMs: number },
): number | null {
  if (awaySinceMs !== null) {
    return nowMs - awaySinceMs;
  }
  if (last === null) {
    return 0;
  }
  const backForMs = nowMs - last.endedMs;
  if (!last.isTeller && backForMs < TELLER_FIRST_MS) {
    return null;
  }
  return backForMs < Math.max(quietMs, last.isTeller ? 0 : 2 * TELLER_FIRST_MS) ? last.durationMs : 0;
}
