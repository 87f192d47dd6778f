import { LEASE_DURATION_MS, LEASE_RENEW_INTERVAL_MS } from './lease.ts';

// Past the moment at which an idle connection is closed.
const IDLE_MARGIN_MS = 2_000;

// A pool with a longer one is meant to be ended.
const MAX_IDLE_TIMEOUT_MS = 60_000;

/**
 * Renewing every 5 s would use a connection of a handed-in pool before its idle timeout (10 s) closes it, for ever, and a
 * process that never ends its pool would never end. So there the lease is renewed less often and runs longer.
 */
export function leaseTimes(
  idleTimeoutMs = 0,
): Record<'durationMs' | 'renewIntervalMs' | 'leastPauseMs', number> {
  const leastPauseMs =
    idleTimeoutMs === 0 ? 0 : Math.min(idleTimeoutMs, MAX_IDLE_TIMEOUT_MS) + IDLE_MARGIN_MS;
  const renewIntervalMs = Math.max(LEASE_RENEW_INTERVAL_MS, leastPauseMs);
  const durationMs = (renewIntervalMs / LEASE_RENEW_INTERVAL_MS) * LEASE_DURATION_MS;
  return { durationMs, renewIntervalMs, leastPauseMs };
}
