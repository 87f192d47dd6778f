import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { PerformanceEntry } from 'node:perf_hooks';

/** Seconds each collection of a window took, by `v8js.gc.type`. */
export type DurationsByGcType = ReadonlyMap<string, readonly number[]>;

const GC_TYPES: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  // V8's minor mark-sweep, for which Node.js has no constant.
  2: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};
// Minutes of a process that does little else.
const MAX_WAITING = 10_000;

/** Watches the garbage collector, window by window. V8 is only asked to tell of it between `start` and `stop`. */
export class GcDurations {
  readonly #onFull: () => void;
  readonly #maxWaiting: number;
  readonly #observer = new PerformanceObserver((list) => this.#note(list.getEntries()));
  #durations = new Map<string, number[]>();
  #waiting = 0;

  /** @param onFull asked to take what there is, so that memory stays bounded in the longest of windows */
  constructor(onFull: () => void, maxWaiting: number = MAX_WAITING) {
    this.#onFull = onFull;
    this.#maxWaiting = maxWaiting;
  }

  start(): void {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  stop(): void {
    this.#observer.disconnect();
  }

  /** Ends a window. */
  take(): DurationsByGcType {
    const taken = this.#durations;
    this.#durations = new Map();
    this.#waiting = 0;
    return taken;
  }

  #note(entries: readonly PerformanceEntry[]): void {
    for (const entry of entries) {
      const type = gcType((entry as { detail?: { kind?: unknown } }).detail?.kind);
      const ofType = this.#durations.get(type) ?? [];
      this.#durations.set(type, ofType);
      ofType.push(entry.duration / 1_000);
    }
    this.#waiting += entries.length;
    if (this.#waiting >= this.#maxWaiting) {
      this.#onFull();
    }
  }
}

/** `v8js.gc.type` of a kind of collection as Node.js numbers it. */
export function gcType(kind: unknown): string {
  return (typeof kind === 'number' ? GC_TYPES[kind] : undefined) ?? '_OTHER';
}
