import type { Alert, AlertChange, AlertMessage } from '@pg-observability/core';
import { composeMessage } from '../../../src/alerts/delivery/compose-message.ts';

/** An alert that fires, as it could be stored. */
export function sampleAlert(alert: Partial<Alert> = {}): Alert {
  return {
    id: 7,
    alertType: 'payment_failed',
    severity: 'error',
    title: 'Payments fail',
    message: 'card declined',
    state: 'firing',
    count: 1,
    fingerprint: 'f'.repeat(64),
    metadata: { orders: [1, 2] },
    serviceName: 'shop',
    correlationId: 'request-1',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    triggeredAt: new Date('2026-11-28T11:57:26.000Z'),
    lastTriggeredAt: new Date('2026-11-28T11:57:26.000Z'),
    acknowledgedAt: null,
    acknowledgedBy: null,
    acknowledgedNote: null,
    resolvedAt: null,
    resolvedBy: null,
    resolvedNote: null,
    labels: { 'payment.provider': 'bank' },
    silencedUntil: null,
    isFlapping: false,
    suppressedCount: 0,
    ...alert,
  };
}

/** The step that opened it. */
export function sampleChange(alert: Partial<Alert> = {}, change: Partial<AlertChange> = {}): AlertChange {
  const whole = sampleAlert(alert);
  return { alert: whole, from: null, to: 'firing', at: whole.triggeredAt, ...change };
}

/** The message that tells of these changes. */
export function sampleMessage(
  changes: readonly AlertChange[] = [sampleChange()],
  linkTo: (alert: Alert) => string | undefined = () => undefined,
): AlertMessage {
  const claimed = changes.map((change, index) => ({ idempotencyKey: `key-${index}`, repeats: 0, change }));
  return composeMessage('message-1', 'ops', claimed, linkTo);
}
