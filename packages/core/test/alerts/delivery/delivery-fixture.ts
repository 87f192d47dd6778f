import { AlertManager } from '@pg-observability/core';
import type { AlertDeliveryOptions, RaiseAlertInput, SqlStore } from '@pg-observability/core';
import { createQuietLogger } from '@pg-observability/testkit';
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { AlertDispatcher } from '../../../src/alerts/delivery/alert-dispatcher.ts';
import type { AlertDispatcherOptions } from '../../../src/alerts/delivery/alert-dispatcher.ts';
import { resolveDelivery } from '../../../src/alerts/delivery/resolve-delivery.ts';
import { createMemoryStore } from '../../../src/testing/memory-store/memory-store.ts';
import type { MemoryNotification, MemoryStatement } from '../../../src/testing/memory-store/memory-tables.ts';
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

const LET_BE_DUE =
  "update observability.alert_notifications set due_at = clock_timestamp() where receiver = $1::text and state = 'queued'";
const LET_AGE =
  "update observability.alert_notifications set settled_at = settled_at - interval '2 minutes' where receiver = $1::text";

/** Lets what waits for its next attempt be due now. */
export async function makeDue(store: SqlStore, receiver: string): Promise<void> {
  await store.query(LET_BE_DUE, [receiver]);
}

/** Lets what was told have been told two minutes earlier. */
export async function makeOlder(store: SqlStore, receiver: string): Promise<void> {
  await store.query(LET_AGE, [receiver]);
}

/** A store in memory that knows the two statements above, too. */
export function openMemoryStore(): SqlStore {
  const change =
    (values: (row: MemoryNotification) => Partial<MemoryNotification>): MemoryStatement =>
    (tables, [receiver]) => {
      tables.notifications = tables.notifications.map((row) =>
        row.receiver === receiver ? { ...row, ...values(row) } : row,
      );
      return [];
    };
  const statements = new Map([
    [LET_BE_DUE, change(({ state }) => (state === 'queued' ? { due_at_ms: 0 } : {}))],
    [LET_AGE, change(({ settled_at_ms: at }) => ({ settled_at_ms: at === null ? null : at - 120_000 }))],
  ]);
  return createMemoryStore((text) => statements.get(text));
}
