/** The trace of one observation that is kept as an example of its bucket. */
export interface ExemplarTrace {
  readonly traceId: string;
  readonly spanId: string;
}

/** An example of what a bucket holds. */
export interface Exemplar extends ExemplarTrace {
  readonly value: number;
  /** Epoch milliseconds. */
  readonly time: number;
}

const MAX_EXEMPLARS = 10;
// Where so many observations of a window came without a trace, the others most likely will too.
const MAX_MISSES = 3;

/**
 * The examples of one histogram and window: one for a bucket, those of the slowest buckets. What counts as slow is learned from
 * the window before.
 *
 * @source https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exemplars
 */
export class Exemplars {
  /** Observations in lower buckets are as usual. */
  #slowFrom = Number.NEGATIVE_INFINITY;
  #lowest = Number.POSITIVE_INFINITY;
  #misses = 0;
  readonly #byBucket = new Map<number, Exemplar>();

  /** Whether an example for this bucket is wanted; asked for each observation. */
  wants(bucket: number): boolean {
    return (
      bucket >= this.#slowFrom &&
      (this.#byBucket.size < MAX_EXEMPLARS || bucket > this.#lowest) &&
      !this.#byBucket.has(bucket)
    );
  }

  add(bucket: number, exemplar: Exemplar): void {
    if (this.#byBucket.size >= MAX_EXEMPLARS) {
      this.#byBucket.delete(this.#lowest);
    }
    this.#byBucket.set(bucket, exemplar);
    this.#lowest = Math.min(...this.#byBucket.keys());
  }

  /** There was no trace; after a few of these nothing is wanted until the next window. */
  miss(): void {
    this.#misses += 1;
    if (this.#misses >= MAX_MISSES) {
      this.#slowFrom = Number.POSITIVE_INFINITY;
    }
  }

  /** The examples so far, the slowest last. */
  list(): Exemplar[] {
    return [...this.#byBucket].toSorted(([left], [right]) => left - right).map(([, exemplar]) => exemplar);
  }

  /** Begins a new window. @param slowFrom lowest bucket of what counts as slow in it */
  clear(slowFrom: number): void {
    this.#byBucket.clear();
    this.#misses = 0;
    this.#lowest = Number.POSITIVE_INFINITY;
    this.#slowFrom = slowFrom;
  }
}

/** The lowest bucket from which on lies no more than a twentieth of a window; the last one where that alone holds more. */
export function slowestBucket({ indexes, counts }: { indexes: number[]; counts: number[] }): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let at = indexes.length - 1;
  let above = counts[at] ?? 0;
  while (at > 0 && above + (counts[at - 1] as number) <= total * 0.05) {
    at -= 1;
    above += counts[at] as number;
  }
  return indexes[at] ?? Number.NEGATIVE_INFINITY;
}
