import type { RecordedHealthState } from './recorded-state.ts';

/** How changes are judged. */
export interface TrackRules {
  /** Milliseconds without a look after which nothing is known any more. */
  readonly gapMs: number;
  /** So many changes within the time are flapping. */
  readonly flapping: { readonly changes: number; readonly withinMs: number };
}

/** What is known of one check. */
export interface HealthTrack {
  readonly status: RecordedHealthState;
  /** Epoch milliseconds: since when it has this status, as far as it was looked at. */
  readonly sinceMs: number;
  readonly lastSeenMs: number;
  /** Changes since the process began. */
  readonly changes: number;
  /** When the latest changes were, as far as they matter. */
  readonly changeTimes: readonly number[];
  readonly isFlapping: boolean;
}

/** What a look has brought. */
export interface TrackStep {
  readonly track: HealthTrack;
  /** Absent where the status is as before. */
  readonly change?: {
    /** Null for the first look, also for the first one after a gap. */
    readonly from: RecordedHealthState | null;
    /** Milliseconds the status before had lasted; null where there was none. */
    readonly lastedMs: number | null;
  };
  /** Present where flapping has begun or ended with this look. */
  readonly flapping?: 'began' | 'ended';
}

/**
 * What is known of a check after one more look. Nothing happens between two looks: a change is as late as the look that finds it.
 * Flapping begins with the n-th change within the time, and ends when fewer than half as many are left in it.
 * @param track undefined before the first look
 * @param atMs epoch milliseconds; a clock that was set back counts as standing still
 */
export function trackHealth(
  track: HealthTrack | undefined,
  status: RecordedHealthState,
  atMs: number,
  rules: TrackRules,
): TrackStep {
  if (track === undefined) {
    const seen = { sinceMs: atMs, lastSeenMs: atMs };
    return {
      track: { status, ...seen, changes: 0, changeTimes: [], isFlapping: false },
      change: { from: null, lastedMs: null },
    };
  }
  const seenMs = Math.max(atMs, track.lastSeenMs);
  const isKnown = seenMs - track.lastSeenMs <= rules.gapMs;
  if (isKnown && track.status === status) {
    return judgeFlapping({ ...track, lastSeenMs: seenMs }, rules);
  }
  const begun = { ...track, status, sinceMs: seenMs, lastSeenMs: seenMs };
  if (!isKnown) {
    return { ...judgeFlapping(begun, rules), change: { from: null, lastedMs: null } };
  }
  const changed = { changes: track.changes + 1, changeTimes: [...track.changeTimes, seenMs] };
  return {
    ...judgeFlapping({ ...begun, ...changed }, rules),
    change: { from: track.status, lastedMs: seenMs - track.sinceMs },
  };
}

/** @param track as it is after the look, but for whether it flaps */
function judgeFlapping(track: HealthTrack, { flapping }: TrackRules): TrackStep {
  const { isFlapping: wasFlapping } = track;
  const since = track.lastSeenMs - flapping.withinMs;
  const recent = track.changeTimes.filter((time) => time > since).slice(-flapping.changes);
  const isFlapping = wasFlapping ? recent.length * 2 >= flapping.changes : recent.length >= flapping.changes;
  const next = { ...track, changeTimes: recent, isFlapping };
  return isFlapping === wasFlapping
    ? { track: next }
    : { track: next, flapping: isFlapping ? 'began' : 'ended' };
}
