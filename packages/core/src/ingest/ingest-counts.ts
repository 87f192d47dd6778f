import { redactText } from '../sanitize/redact.ts';
import type { IngestStats } from './ingest-stats.ts';

/** What a writer counts about one signal. */
export class IngestCounts {
  readonly #dropped: Record<string, number> = {};
  #stored = 0;
  #storedBytes = 0;
  #retried = 0;
  #lastWriteMs: number | undefined;
  #lastError: string | undefined;

  stored(rowCount: number, bytes: number, durationMs: number): void {
    this.#stored += rowCount;
    this.#storedBytes += bytes;
    this.#lastWriteMs = durationMs;
  }

  drop(reason: string, rowCount: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + rowCount;
  }

  failed(error: unknown, willRetry: boolean): void {
    this.#lastError = errorToLine(error);
    this.#retried += willRetry ? 1 : 0;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** @param waiting rows in memory, and rows on disk */
  toStats(waiting: Pick<IngestStats, 'queued' | 'spooled'>): IngestStats {
    return {
      ...waiting,
      stored: this.#stored,
      dropped: { ...this.#dropped },
      retried: this.#retried,
      storedBytes: this.#storedBytes,
      ...(this.#lastWriteMs === undefined ? {} : { lastWriteMs: this.#lastWriteMs }),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }
}

/** The message of an error as it may stand in a log line: credentials masked, short, without its full stop. */
export function errorToLine(error: unknown): string {
  return redactText(error instanceof Error ? error.message : String(error))
    .slice(0, 500)
    .replace(/\.$/, '');
}
