import { ensureObservabilityTables } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { findAlertmanager, startAlertmanager, testDatabase } from '@pg-observability/testkit';
import type { Alertmanager } from '@pg-observability/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { messageToAlertmanager } from '../../../src/alerts/delivery/receivers/alertmanager.ts';
import { sampleChange, sampleMessage } from './alert-samples.ts';
import { createAlert, openDelivery, receiverName } from './delivery-fixture.ts';

const TIMES = { labels: { cluster: 'eu-1', severity: 'mine' }, resendIntervalMs: 60_000, nowMs: 0 };

describe('alerts for Alertmanager', () => {
  it('fire until four intervals from now', () => {
    const message = sampleMessage([sampleChange()], () => 'https://shop.example.org/alerts/7');

    expect(messageToAlertmanager(message, TIMES)).toEqual([
      {
        labels: {
          payment_provider: 'bank',
          cluster: 'eu-1',
          alertname: 'payment_failed',
          severity: 'error',
          alert_id: '7',
          service: 'shop',
        },
        annotations: {
          summary: 'Payments fail',
          description: 'card declined',
          trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
        },
        startsAt: '2026-11-28T11:57:26.000Z',
        endsAt: '1970-01-01T00:04:00.000Z',
        generatorURL: 'https://shop.example.org/alerts/7',
      },
    ]);
  });

  it('end when they were resolved, and go on when somebody has taken them on', () => {
    const at = new Date('2026-11-28T12:00:00.000Z');
    const message = sampleMessage([
      sampleChange({ id: 1, resolvedAt: at, state: 'resolved' }, { from: 'firing', to: 'resolved', at }),
      sampleChange({ id: 2, state: 'acknowledged' }, { from: 'firing', to: 'acknowledged', at }),
    ]);

    expect(messageToAlertmanager(message, TIMES).map(({ endsAt }) => endsAt)).toEqual([
      '1970-01-01T00:04:00.000Z',
      '2026-11-28T12:00:00.000Z',
    ]);
  });
});

const isInstalled = findAlertmanager() !== undefined;

// A named skip: Debian has it as prometheus-alertmanager.
describe.skipIf(!isInstalled)('a real Alertmanager', () => {
  let alertmanager: Alertmanager;
  let store: SqlStore;
  beforeAll(async () => {
    alertmanager = await startAlertmanager();
    store = postgresStore((await testDatabase()).url);
    await ensureObservabilityTables(store);
  }, 60_000);
  afterAll(async () => {
    await alertmanager.close();
    await store.close?.();
  });

  interface StoredAlert {
    labels: Record<string, string>;
    annotations: Record<string, string>;
    startsAt: string;
    endsAt: string;
    generatorURL: string;
  }

  async function activeAlerts(alertname: string): Promise<StoredAlert[]> {
    const filter = encodeURIComponent(`alertname="${alertname}"`);
    const response = await fetch(`${alertmanager.url}/api/v2/alerts?filter=${filter}`);
    return (await response.json()) as StoredAlert[];
  }

  it('has an alert while it fires, is told again before it forgets it, and no longer when it is over', async () => {
    const name = receiverName();
    const alertType = `real_${Date.now()}`;
    const { alerts } = openDelivery(store, {
      receivers: {
        [name]: {
          kind: 'alertmanager',
          url: `${alertmanager.url}/`,
          labels: { cluster: 'eu-1' },
          resendIntervalMs: 1_000,
        },
      },
      linkTo: ({ id }) => `https://shop.example.org/alerts/${id}`,
    });

    const alert = await alerts.raise(createAlert({ alertType, message: 'a "quoted" text\nand €' }));
    const [first] = await vi.waitFor(async () => {
      const active = await activeAlerts(alertType);
      expect(active).toHaveLength(1);
      return active;
    }, 15_000);
    await alerts.acknowledge(alert.id, 'ada');
    const [again] = await vi.waitFor(async () => {
      const active = await activeAlerts(alertType);
      expect(active[0]?.annotations['acknowledged_by'] ?? '').toBe('ada');
      expect(Date.parse(active[0]?.endsAt ?? '')).toBeGreaterThan(Date.parse(first?.endsAt ?? '') + 4_000);
      return active;
    }, 30_000);
    await alerts.resolve(alert.id);
    await vi.waitFor(async () => expect(await activeAlerts(alertType)).toEqual([]), 15_000);

    expect(first).toMatchObject({
      labels: {
        alertname: alertType,
        severity: 'error',
        service: 'shop',
        cluster: 'eu-1',
        alert_id: String(alert.id),
      },
      annotations: { summary: alert.title, description: alert.message },
      startsAt: alert.triggeredAt.toISOString(),
      generatorURL: `https://shop.example.org/alerts/${alert.id}`,
    });
    expect(again?.labels).toEqual(first?.labels);
    const told = await alerts.notifications({ receiver: name });
    expect(told.map(({ to, state }) => [to, state])).toEqual([
      ['resolved', 'delivered'],
      ['acknowledged', 'delivered'],
      ['firing', 'delivered'],
    ]);
    expect(told.reduce((sum, { repeats }) => sum + repeats, 0)).toBeGreaterThanOrEqual(3);
  }, 90_000);

  it('takes everything an alert can say', async () => {
    const name = receiverName();
    const { alerts } = openDelivery(store, {
      receivers: { [name]: { kind: 'alertmanager', url: alertmanager.url } },
    });
    const alertType = `hostile "quotes" \\ € ${Date.now()}`;

    await alerts.raise(createAlert({ alertType, title: '{{ $x }} <script>', message: 'y'.repeat(65_000) }));

    await vi.waitFor(
      async () =>
        expect(await alerts.notifications({ receiver: name })).toMatchObject([
          { state: 'delivered', lastError: null },
        ]),
      15_000,
    );
  });
});
