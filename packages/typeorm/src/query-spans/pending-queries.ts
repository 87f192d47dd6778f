import type { Span } from '@pg-observability/core';
import type { Attributes } from '@pg-observability/core';
import type { DurationHistogram } from './query-span-options.ts';

/** A statement that has begun. */
export interface PendingQuery {
  query: string;
  parameters: unknown;
  /** Undefined when only the duration is measured. */
  span: Span | undefined;
  /** Undefined when only a span is made. */
  metrics: DurationHistogram | undefined;
  /** Of the span and of the metric. */
  attributes: Attributes;
  /** `performance.now()`. */
  startedAt: number;
}

const MAX_PENDING = 100;

/**
 * Finds the beginning of a statement again at its end. Both events are objects of their own, and statements that were started
 * together on one connection begin all before the first ends; the query runner and the very same array of parameters are what
 * the two events share.
 */
export class PendingQueries {
  readonly #byRunner = new WeakMap<object, PendingQuery[]>();

  add(runner: object, pending: PendingQuery): void {
    const list = this.#byRunner.get(runner) ?? [];
    this.#byRunner.set(runner, list);
    list.push(pending);
    // One whose end is never told (another subscriber refused it) must not stay for ever.
    if (list.length > MAX_PENDING) {
      list.shift();
    }
  }

  take(runner: object, query: string, parameters: unknown): PendingQuery | undefined {
    const list = this.#byRunner.get(runner);
    const index =
      list?.findIndex((pending) => pending.parameters === parameters && pending.query === query) ?? -1;
    return index === -1 ? undefined : list?.splice(index, 1)[0];
  }
}
