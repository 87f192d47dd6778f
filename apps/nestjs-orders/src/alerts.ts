import type { AlertDeliveryOptions, AlertingOptions, Duration } from '@pg-observability/core';

/** What is watched, and who is told. The times come from outside only so that a drill need not wait. */
export function alertOptions({
  ALERT_WEBHOOK_URL: url,
  ALERT_INTERVAL_MS = '15000',
  ALERT_GROUP_WAIT_MS = '10000',
  DATABASE_AWAY_FOR = '30s',
}: Record<string, string | undefined>): AlertingOptions & AlertDeliveryOptions {
  return {
    rules: [
      {
        kind: 'databaseAway',
        alertType: 'database_away',
        for: DATABASE_AWAY_FOR as Duration,
        severity: 'critical',
      },
      { kind: 'errorRatio', alertType: 'requests_fail', above: 0.05, over: '1m', atLeast: 10 },
      { kind: 'newError', alertType: 'new_error', within: '1h', severity: 'warning' },
    ],
    intervalMs: Number(ALERT_INTERVAL_MS),
    groupWaitMs: Number(ALERT_GROUP_WAIT_MS),
    groupIntervalMs: 3 * Number(ALERT_GROUP_WAIT_MS),
    receivers: url === undefined ? {} : { hook: { kind: 'webhook', url } },
  };
}
