import type { SqlStore } from '../storage/sql-store.ts';

/** What a check is given. */
export interface HealthCheckContext {
  /** Aborted when the check has used up its time: `fetch(url, { signal })`. */
  readonly signal: AbortSignal;
  /** The store of the HealthChecker; undefined when it has none. */
  readonly store: SqlStore | undefined;
}

/**
 * Looks at one dependency. It fails by throwing, rejecting, or answering `false`, `{ healthy: false }`, `{ ok: false }` (so a
 * `Response` can be returned) or `{ status: 'down' }`; it is degraded with `{ status: 'degraded' }`; anything else is up.
 * Text in `message` is shown.
 * @example `async ({ signal }) => fetch('http://payments.internal/livez', { signal })`
 */
export type HealthCheckFunction = (context: HealthCheckContext) => unknown;

/** A check with settings of its own. */
export interface HealthCheckSettings {
  check: HealthCheckFunction;
  /** Milliseconds it may take. Default: the option `timeoutMs`. */
  timeoutMs?: number | undefined;
  /** False when the service works without it: a failure is then `degraded`, not `down`. Default true. */
  critical?: boolean | undefined;
  /**
   * Milliseconds for which an answer is used again, so that probes do not ask a dependency more often than that. Default 0: each
   * probe asks, and probes at the same time share one answer. With `background` 10,000.
   */
  cacheMs?: number | undefined;
  /**
   * True runs the check by itself, `cacheMs` after its last answer, and no probe ever waits for it: for checks that are slow. Until
   * the first answer it counts as down, in the group `live` as up. Default false.
   */
  background?: boolean | undefined;
}
