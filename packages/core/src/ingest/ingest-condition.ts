import type { IngestSignal } from './encoded-batch.ts';

/** What is wrong with the way of telemetry to the database; nothing in it when all is well. */
export interface IngestTrouble {
  /** Milliseconds since a batch was taken, while one waits to be; absent for a delay that happens every day. */
  stalledMs?: number;
  /** Why, where the database has said so. */
  lastError?: string;
  /** Rows that wait on disk. */
  spooled: Readonly<Record<IngestSignal, number>>;
  /** Rows lost in the last minutes, by signal and reason. */
  dropped: readonly RecentDrop[];
}

/** Rows of a signal that were lost for one reason. */
export interface RecentDrop {
  readonly signal: IngestSignal;
  readonly reason: string;
  readonly rowCount: number;
}

// A fail-over takes longer, a busy database that takes a batch in the end does not.
const STALLED_AFTER_MS = 5_000;
// Long enough that somebody who looks at a probe now and then sees it.
const REMEMBER_DROPS_MS = 300_000;

/** Keeps in mind since when no batch was taken, and what was lost lately. */
export class IngestCondition {
  readonly #now: () => number;
  readonly #drops = new Map<string, RecentDrop & { lastAt: number }>();
  #waitingSince: number | undefined;

  /** @param now a clock that never goes back, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A batch is offered to the database, or a part of it was taken and the rest goes on. */
  noteProgress(): void {
    this.#waitingSince = this.#now();
  }

  /** Nothing is being written. */
  noteIdle(): void {
    this.#waitingSince = undefined;
  }

  noteDropped(signal: IngestSignal, reason: string, rowCount: number): void {
    const key = `${signal} ${reason}`;
    const known = this.#drops.get(key);
    const before = known !== undefined && this.#isRecent(known) ? known.rowCount : 0;
    this.#drops.set(key, { signal, reason, rowCount: before + rowCount, lastAt: this.#now() });
  }

  /** @param lastError why batches fail now; absent when none does */
  trouble(spooled: IngestTrouble['spooled'], lastError: string | undefined): IngestTrouble {
    const stalledMs = this.#waitingSince === undefined ? 0 : this.#now() - this.#waitingSince;
    const recent = [...this.#drops.values()].filter((drop) => this.#isRecent(drop));
    return {
      spooled,
      dropped: recent.map(({ signal, reason, rowCount }) => ({ signal, reason, rowCount })),
      ...(stalledMs >= STALLED_AFTER_MS ? { stalledMs } : {}),
      ...(lastError === undefined ? {} : { lastError }),
    };
  }

  #isRecent({ lastAt }: { lastAt: number }): boolean {
    return this.#now() - lastAt < REMEMBER_DROPS_MS;
  }
}

/**
 * Says what is wrong in one line; undefined when nothing is.
 * @example `'the database has not taken telemetry for 12 s: connect ECONNREFUSED; 40 spans wait on disk'`
 */
export function describeTrouble({
  stalledMs,
  lastError,
  spooled,
  dropped,
}: IngestTrouble): string | undefined {
  const parts: string[] = [];
  if (stalledMs !== undefined) {
    const why = lastError === undefined ? '' : `: ${lastError}`;
    parts.push(`the database has not taken telemetry for ${Math.floor(stalledMs / 1_000)} s${why}`);
  }
  const onDisk = (['spans', 'metrics'] as const).filter((signal) => spooled[signal] > 0);
  if (onDisk.length > 0) {
    parts.push(`${onDisk.map((signal) => `${spooled[signal]} ${signal}`).join(' and ')} wait on disk`);
  }
  if (dropped.length > 0) {
    const lost = dropped.map(({ signal, reason, rowCount }) => `${rowCount} ${signal} (${reason})`);
    parts.push(`lost in the last minutes: ${lost.join(', ')}`);
  }
  return parts.length === 0 ? undefined : parts.join('; ');
}
