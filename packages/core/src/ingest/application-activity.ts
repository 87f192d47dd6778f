import type { IngestStats } from './ingest-stats.ts';

/** What {@link ApplicationActivity} reads. */
export interface ActivitySources {
  /** Observations taken in so far, whoever made them. */
  recorded(): number;
  spans(): IngestStats;
}

/** What the application had recorded up to one moment. */
export interface ActivityMark {
  readonly recorded: number;
  readonly spans: IngestStats;
}

/**
 * Tells what the application records from what is recorded about telemetry and the process itself: rows must not be the reason
 * for more rows, for ever.
 */
export class ApplicationActivity {
  readonly #sources: ActivitySources;
  #ownRecorded = 0;

  constructor(sources: ActivitySources) {
    this.#sources = sources;
  }

  /** Runs `work`, whose observations are no doing of the application. */
  recordOwn(work: () => void): void {
    const before = this.#sources.recorded();
    try {
      work();
    } finally {
      this.#ownRecorded += this.#sources.recorded() - before;
    }
  }

  mark(): ActivityMark {
    return { recorded: this.#sources.recorded() - this.#ownRecorded, spans: this.#sources.spans() };
  }
}

/** Whether the application has recorded an observation, or a span has moved, between two moments. */
export function hasActed(before: ActivityMark, now: ActivityMark): boolean {
  return before.recorded !== now.recorded || hasMoved(before.spans, now.spans);
}

// Spans are never of our own making. Attempts that failed are left out: they go on while the database is away, and each would
// be the reason for more rows that wait.
function hasMoved(before: IngestStats, now: IngestStats): boolean {
  return (
    now.stored !== before.stored ||
    now.queued !== before.queued ||
    now.spooled !== before.spooled ||
    sum(now.dropped) !== sum(before.dropped)
  );
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
