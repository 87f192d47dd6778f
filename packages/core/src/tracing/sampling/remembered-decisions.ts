import type { KeepDecision } from './judge-trace.ts';

/** The newest decisions by trace ID, for spans that end after their root. Bounded: at most twice `capacity` are remembered. */
export class RememberedDecisions {
  readonly #capacity: number;
  // Two generations: forgetting the older one costs nothing, unlike looking for the oldest entry of one map.
  #newer = new Map<string, KeepDecision>();
  #older = new Map<string, KeepDecision>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(traceId: string): KeepDecision | undefined {
    return this.#newer.get(traceId) ?? this.#older.get(traceId);
  }

  set(traceId: string, decision: KeepDecision): void {
    if (this.#newer.size >= this.#capacity) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(traceId, decision);
  }
}
