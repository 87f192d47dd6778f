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
}
