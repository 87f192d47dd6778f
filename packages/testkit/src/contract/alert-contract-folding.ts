import { randomUUID } from 'node:crypto';
import { continueTrace } from '@pg-observability/core';
import type { AlertSeverity, RaiseAlertInput } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type { AlertContext } from './alert-contract-context.ts';
import { startBehindLock } from './behind-a-lock.ts';

const createInput = (input: Partial<RaiseAlertInput> = {}): RaiseAlertInput => ({
  alertType: randomUUID(),
  severity: 'warning',
  title: 'Payments fail',
  ...input,
});

/** Raising, and folding what is raised again. */
export function describeAlertFolding({ manager, store }: AlertContext): void {
  describe('raise', () => {
    it('stores everything that was given, with the request it came from', async () => {
      const input = createInput({
        message: 'card declined',
        metadata: { orders: [1, 2], password: 'hunter2' },
      });
      let traceId = '';

      const alert = await continueTrace({ 'x-correlation-id': 'request-1' }, 'pay', async (span) => {
        traceId = span.traceId;
        return manager({ serviceName: 'shop' }).raise(input);
      });

      const { id, fingerprint, triggeredAt } = alert;
      expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
      expect(Math.abs(Date.now() - triggeredAt.getTime())).toBeLessThan(60_000);
      expect(alert).toEqual({
        id,
        alertType: input.alertType,
        severity: 'warning',
        title: 'Payments fail',
        message: 'card declined',
        state: 'firing',
        count: 1,
        fingerprint,
        metadata: { orders: [1, 2], password: '[REDACTED]' },
        serviceName: 'shop',
        correlationId: 'request-1',
        traceId,
        triggeredAt,
        lastTriggeredAt: triggeredAt,
        acknowledgedAt: null,
        acknowledgedBy: null,
        acknowledgedNote: null,
        resolvedAt: null,
        resolvedBy: null,
        resolvedNote: null,
        labels: {},
        silencedUntil: null,
        isFlapping: false,
        suppressedCount: 0,
      });
      expect(await manager().get(id)).toEqual(alert);
    });

    it('counts an open alert up, and tells the latest message and metadata', async () => {
      const alerts = manager();
      const input = createInput();
      const first = await alerts.raise({ ...input, message: 'one', metadata: { n: 1 } });

      const second = await alerts.raise({ ...input, message: 'two', metadata: { m: 2 } });
      const third = await alerts.raise(input);

      expect(second).toEqual({
        ...first,
        count: 2,
        message: 'two',
        metadata: { m: 2 },
        lastTriggeredAt: second.lastTriggeredAt,
      });
      expect(third).toEqual({ ...second, count: 3, lastTriggeredAt: third.lastTriggeredAt });
      expect(third.lastTriggeredAt.getTime()).toBeGreaterThanOrEqual(second.lastTriggeredAt.getTime());
      expect(await alerts.list({ alertType: input.alertType })).toEqual([third]);
    });

    it('ends in one row with the count 20 when twenty raise it at once', async () => {
      const input = createInput();
      const managers = [manager(), manager()];

      const raised = await Promise.all(Array.from({ length: 20 }, (_, n) => managers[n % 2]?.raise(input)));

      const stored = await manager().list({ alertType: input.alertType });
      expect(stored.map(({ count }) => count)).toEqual([20]);
      expect(raised.map((alert) => alert?.count).sort((a = 0, b = 0) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, n) => n + 1),
      );
    });

    it('uses up one id, however often an open alert is raised again', async () => {
      const alerts = manager();
      const input = createInput();
      const { id } = await alerts.raise(input);
      for (let n = 0; n < 5; n += 1) {
        await alerts.raise(input);
      }

      const next = await alerts.raise(createInput());

      expect(next.id).toBe(id + 1);
    });

    it('only ever makes it more severe', async () => {
      const input = createInput({ severity: 'info' });
      const severities: AlertSeverity[] = ['warning', 'info', 'critical', 'error', 'warning'];

      const seen: AlertSeverity[] = [];
      for (const severity of severities) {
        seen.push((await manager().raise({ ...input, severity })).severity);
      }

      expect(seen).toEqual(['warning', 'warning', 'critical', 'critical', 'critical']);
    });

    it('keeps alerts of another type, title or service apart', async () => {
      const input = createInput();

      const alerts = [
        await manager().raise(input),
        await manager().raise({ ...input, title: 'Refunds fail' }),
        await manager({ serviceName: 'shop' }).raise(input),
        await manager().raise(createInput()),
      ];

      expect(new Set(alerts.map(({ id }) => id)).size).toBe(4);
    });

    it('folds whatever has the same given fingerprint, and keeps the first title', async () => {
      const fingerprint = randomUUID();
      const first = await manager().raise(createInput({ fingerprint, title: '3 orders wait' }));

      const second = await manager({ serviceName: 'other' }).raise(
        createInput({ fingerprint, title: '4 orders wait' }),
      );

      expect(second).toMatchObject({
        id: first.id,
        count: 2,
        title: '3 orders wait',
        alertType: first.alertType,
      });
    });

    it('opens a new alert after the old one was resolved', async () => {
      const alerts = manager();
      const input = createInput({ severity: 'critical' });
      const first = await alerts.raise(input);
      await alerts.resolve(first.id);

      const second = await alerts.raise({ ...input, severity: 'info' });

      expect(second).toMatchObject({
        count: 1,
        state: 'firing',
        severity: 'info',
        fingerprint: first.fingerprint,
      });
      expect((await alerts.list({ alertType: input.alertType })).map(({ id }) => id)).toEqual([
        second.id,
        first.id,
      ]);
    });

    it('loses no raise while it is resolved at the same time', async () => {
      const alerts = manager();
      const input = createInput();
      const { id } = await alerts.raise(input);

      await startBehindLock<unknown>(
        store(),
        ['select 1 from observability.alerts where id = $1::int for update', id],
        Array.from({ length: 9 }, (_, n) => () => (n === 4 ? alerts.resolve(id) : alerts.raise(input))),
      );

      const stored = await alerts.list({ alertType: input.alertType });
      expect(stored.reduce((sum, { count }) => sum + count, 0)).toBe(9);
      expect(stored.filter(({ state }) => state !== 'resolved').length).toBeLessThanOrEqual(1);
    });

    it('goes on at the largest count an integer holds', async () => {
      const input = createInput();
      const { id } = await manager().raise(input);
      await store().query('update observability.alerts set count = 2147483647 where id = $1::int', [id]);

      const raised = await manager().raise(input);

      expect(raised).toMatchObject({ id, count: 2_147_483_647 });
    });

    it('masks credentials in what people read, and replaces what PostgreSQL cannot hold', async () => {
      const alert = await manager({ redact: (key, value) => (key === 'note' ? undefined : value) }).raise(
        createInput({
          title: 'No\0 database \ud800',
          message: 'connect postgres://app:hunter2@db/shop failed',
        }),
      );
      const noted = await manager({ redact: () => undefined }).acknowledge(alert.id, 'ann', 'secret');

      expect(alert.title).toBe('No\ufffd database \ufffd');
      expect(alert.message).not.toContain('hunter2');
      expect([noted.acknowledgedBy, noted.acknowledgedNote]).toEqual(['[REDACTED]', '[REDACTED]']);
    });
  });
}
