import type { QueryRunnerLike } from '../data-source-like.ts';

const runners = new WeakSet<object>();

/** Marks a query runner as one that runs our own statements. */
export function markOwnQueryRunner(runner: QueryRunnerLike): void {
  runners.add(runner);
}

/**
 * True for a query runner of our store, whose statements must be neither traced nor measured: each flush would record what
 * the next one stores. `isUntraced()` says so too, but only where OpenTelemetry is installed and set up.
 */
export function isOwnQueryRunner(runner: object): boolean {
  return runners.has(runner);
}
