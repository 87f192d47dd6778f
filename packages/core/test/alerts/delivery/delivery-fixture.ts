import { AlertManager } from '@pg-observability/core';
import type { AlertDeliveryOptions, RaiseAlertInput, SqlStore } from '@pg-observability/core';
import { createQuietLogger } from '@pg-observability/testkit';
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { AlertDispatcher } from '../../../src/alerts/delivery/alert-dispatcher.ts';
import type { AlertDispatcherOptions } from '../../../src/alerts/delivery/alert-dispatcher.ts';
import { resolveDelivery } from '../../../src/alerts/delivery/resolve-delivery.ts';
import { createLog } from '../../../src/logging/log-once.ts';

/** Alerts whose receivers are told. */
export interface Delivery {
  alerts: AlertManager;
  dispatcher: AlertDispatcher;
  /** Lines of the log. */
  lines: string[];
}

/** Alerts over a store, with receivers, started and stopped with this test. */
export function openDelivery(
  store: SqlStore,
  options: AlertDeliveryOptions,
  further: Partial<AlertDispatcherOptions> = {},
): Delivery {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const logger = { ...createQuietLogger(), info: write, warn: write, error: write };
  const delivery = resolveDelivery({ groupWaitMs: 0, groupIntervalMs: 0, ...options });
  if (delivery === undefined) {
    throw new Error('A delivery needs receivers.');
  }
  const dispatcher = new AlertDispatcher(store, {
    delivery,
    log: createLog(logger),
    pollIntervalMs: 200,
    // A machine with much else to do is no database that is away.
    timeoutMs: 60_000,
    ...further,
  });
  dispatcher.start();
  onTestFinished(() => dispatcher.stop(0));
  return {
    alerts: new AlertManager(store, { serviceName: 'shop', timeoutMs: 60_000 }, dispatcher.onChange),
    dispatcher,
    lines,
  };
}

/** A name for a receiver that no other test has: they share a database. */
export function receiverName(): string {
  return `r-${randomUUID()}`;
}

/** An alert that no other test has. */
export function createAlert(input: Partial<RaiseAlertInput> = {}): RaiseAlertInput {
  return { alertType: 'payment_failed', severity: 'error', title: `Payments fail ${randomUUID()}`, ...input };
}

/** Lets what waits for its next attempt be due now. */
export async function makeDue(store: SqlStore, receiver: string): Promise<void> {
  await store.query(
    "update observability.alert_notifications set due_at = clock_timestamp() where receiver = $1::text and state = 'queued'",
    [receiver],
  );
}
