import type { HealthCheckDetail } from '../health-status.ts';
import { trackHealth } from './health-track.ts';
import type { HealthTrack, TrackRules, TrackStep } from './health-track.ts';
import type { RecordedHealthState } from './recorded-state.ts';

/** A change of one check, or of the readiness. */
export interface HealthTransition {
  /** Name of the check; `ready` is the readiness. */
  readonly check: string;
  readonly from: RecordedHealthState | null;
  readonly to: RecordedHealthState;
  /** What the check said. */
  readonly reason: string | null;
  /** Milliseconds the status before had lasted. */
  readonly lastedMs: number | null;
  readonly atMs: number;
  readonly isFlapping: boolean;
}

/** Where transitions go. */
export interface TransitionSink {
  /** Takes a change over; never throws and never waits. */
  add(transition: HealthTransition): void;
  /** The last status of a check was seen again. */
  seen(check: string, atMs: number): void;
}

/** What `stats().health.checks` tells of one check. */
export interface CheckStats {
  status: RecordedHealthState;
  /** Since when, as far as it was looked at. */
  since: Date;
  /** Changes since the process began. */
  changes: number;
  /** True while it changes again and again. */
  flapping: boolean;
}

/** What was seen of each check, and what of it is a change. */
export class HealthJournal {
  readonly #rules: TrackRules;
  readonly #sink: TransitionSink | undefined;
  readonly #tracks = new Map<string, HealthTrack>();

  constructor(rules: TrackRules, sink: TransitionSink | undefined) {
    this.#rules = rules;
    this.#sink = sink;
  }

  /** Notes what was seen of a check. */
  note(check: string, status: RecordedHealthState, reason: string | undefined, atMs: number): TrackStep {
    const step = trackHealth(this.#tracks.get(check), status, atMs, this.#rules);
    const { track, change } = step;
    this.#tracks.set(check, track);
    if (change === undefined) {
      this.#sink?.seen(check, track.lastSeenMs);
    } else {
      this.#sink?.add({
        check,
        from: change.from,
        to: status,
        reason: reason ?? null,
        lastedMs: change.lastedMs,
        atMs: track.lastSeenMs,
        isFlapping: track.isFlapping,
      });
    }
    return step;
  }

  /** The details of checks, those marked that flap. */
  mark(details: Readonly<Record<string, HealthCheckDetail>>): Record<string, HealthCheckDetail> {
    return Object.fromEntries(
      Object.entries(details).map(([check, detail]) => [
        check,
        this.#tracks.get(check)?.isFlapping === true ? { ...detail, flapping: true } : detail,
      ]),
    );
  }

  /** What was last seen of each check. */
  stats(): Record<string, CheckStats> {
    return Object.fromEntries(
      Array.from(this.#tracks, ([check, { status, sinceMs, changes, isFlapping }]) => [
        check,
        { status, since: new Date(sinceMs), changes, flapping: isFlapping },
      ]),
    );
  }
}
