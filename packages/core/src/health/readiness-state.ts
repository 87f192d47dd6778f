import type { HealthStatus } from './health-status.ts';
import type { RecordedHealthState } from './history/recorded-state.ts';
import { describeDown } from './readiness-log.ts';

/** Why readiness refuses, where no check is to blame. */
export type OnItsWay = 'starting' | 'draining' | undefined;

/** What the history says of an answer of readiness: a service that starts or drains is not down, it is on its way. */
export function describeReadiness(
  status: HealthStatus,
  onItsWay: OnItsWay,
): { state: RecordedHealthState; reason: string | undefined } {
  if (status.healthy) {
    return { state: status.status, reason: status.status === 'up' ? undefined : status.message };
  }
  return { state: onItsWay ?? 'down', reason: onItsWay === 'draining' ? undefined : describeDown(status) };
}
