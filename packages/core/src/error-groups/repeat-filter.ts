import type { RecordedException } from './recorded-exception.ts';

// Errors that are on their way up at the same time; two generations of so many are remembered.
const MAX_REMEMBERED = 5_000;

/**
 * Tells an error that is passed on from one that is new. What is thrown in a span and not caught there is recorded by it and by each of
 * the spans around it, and it is one error: a span that records what its child has recorded, or what it has recorded itself, is not
 * counted.
 */
export class RepeatFilter {
  /** Spans that are expected to record an error again. */
  #recent = new Set<string>();
  #older = new Set<string>();

  /** Whether this was counted before. Must be asked once for each exception, in their order. */
  isRepeat(fingerprint: string, { traceId, spanId, parentSpanId }: RecordedException): boolean {
    const own = `${traceId}${spanId}${fingerprint}`;
    const isRepeat = this.#recent.has(own) || this.#older.has(own);
    this.#remember(own);
    if (parentSpanId !== undefined) {
      this.#remember(`${traceId}${parentSpanId}${fingerprint}`);
    }
    return isRepeat;
  }

  #remember(key: string): void {
    if (this.#recent.size >= MAX_REMEMBERED) {
      this.#older = this.#recent;
      this.#recent = new Set();
    }
    this.#recent.add(key);
  }
}
