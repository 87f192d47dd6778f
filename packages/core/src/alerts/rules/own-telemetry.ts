import type { IngestSignal } from '../../ingest/encoded-batch.ts';
import type { IngestStats } from '../../ingest/ingest-stats.ts';
import type { OwnTelemetry } from './read-rule.ts';

/** Rows lost so far, at a moment of a monotonic clock. */
interface Sample {
  atMs: number;
  dropped: Record<IngestSignal, number>;
}

/** What this process has lost within a time, from counts that only grow. */
export class OwnTelemetryHistory {
  readonly #stats: (signal: IngestSignal) => Pick<IngestStats, 'dropped' | 'spooled'>;
  readonly #keptMs: number;
  #samples: Sample[] = [];

  /** @param keptMs the longest time that is asked for */
  constructor(stats: (signal: IngestSignal) => Pick<IngestStats, 'dropped' | 'spooled'>, keptMs: number) {
    this.#stats = stats;
    this.#keptMs = keptMs;
    this.note(0);
  }

  /** Notes how much is lost by now; once a round. */
  note(atMs: number): void {
    const first = this.#samples.findLastIndex((sample) => atMs - sample.atMs >= this.#keptMs);
    this.#samples = this.#samples.slice(Math.max(first, 0));
    this.#samples.push({ atMs, dropped: { spans: this.#count('spans'), metrics: this.#count('metrics') } });
  }

  /** What was lost within the last `overMs` milliseconds, and what waits on disk. */
  read(overMs: number, atMs: number): Record<IngestSignal, OwnTelemetry> {
    const since = this.#samples.findLast((sample) => atMs - sample.atMs >= overMs) ?? this.#samples[0];
    const of = (signal: IngestSignal): OwnTelemetry => ({
      dropped: this.#count(signal) - (since?.dropped[signal] ?? 0),
      waiting: this.#stats(signal).spooled,
    });
    return { spans: of('spans'), metrics: of('metrics') };
  }

  #count(signal: IngestSignal): number {
    return Object.values(this.#stats(signal).dropped).reduce((sum, count) => sum + count, 0);
  }
}
