import { randomUUID } from 'node:crypto';
import type { Alert, AlertOptions } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type { AlertContext } from './alert-contract-context.ts';
import { startBehindLock } from './behind-a-lock.ts';
import { rejectionCode } from './error-code.ts';

const UNKNOWN_ID = 2_147_483_647;
const LOCK_ALERT = 'select 1 from observability.alerts where id = $1::int for update';

/** Acknowledging, resolving and listing. */
export function describeAlertSteps({ manager, store }: AlertContext): void {
  const raise = (options?: AlertOptions): Promise<Alert> =>
    manager(options).raise({ alertType: randomUUID(), severity: 'error', title: 'Payments fail' });

  describe('acknowledge', () => {
    it('notes who took it on, when, and what they said', async () => {
      const raised = await raise();

      const alert = await manager().acknowledge(raised.id, 'ann', 'looking at it');

      const { acknowledgedAt } = alert;
      expect(acknowledgedAt?.getTime()).toBeGreaterThanOrEqual(raised.triggeredAt.getTime());
      expect(alert).toEqual({
        ...raised,
        state: 'acknowledged',
        acknowledgedAt,
        acknowledgedBy: 'ann',
        acknowledgedNote: 'looking at it',
      });
    });

    it('may be repeated by the same person, whose new note replaces the old one', async () => {
      const { id } = await raise();
      const first = await manager().acknowledge(id, 'ann', 'looking');

      const again = await manager().acknowledge(id, 'ann');
      const noted = await manager().acknowledge(id, 'ann', 'found it');

      expect(again).toEqual(first);
      expect(noted).toEqual({ ...first, acknowledgedNote: 'found it' });
    });

    it('is refused once somebody else has taken it on; of five people at once one gets it', async () => {
      const { id } = await raise();

      const codes = await startBehindLock(
        store(),
        [LOCK_ALERT, id],
        Array.from({ length: 5 }, (_, n) => () => rejectionCode(manager().acknowledge(id, `person ${n}`))),
      );

      expect(codes.filter((code) => code === 'ALERT_STATE_INVALID')).toHaveLength(4);
    });

    it('is refused for a resolved and for an unknown alert', async () => {
      const { id } = await raise();
      await manager().resolve(id, 'ann');

      const codes = [
        await rejectionCode(manager().acknowledge(id, 'ann')),
        await rejectionCode(manager().acknowledge(UNKNOWN_ID, 'ann')),
      ];

      expect(codes).toEqual(['ALERT_STATE_INVALID', 'ALERT_NOT_FOUND']);
    });

    it('stays when the alert is raised again', async () => {
      const raised = await raise();
      const { acknowledgedAt } = await manager().acknowledge(raised.id, 'ann');

      const again = await manager().raise({
        alertType: raised.alertType,
        severity: 'critical',
        title: raised.title,
      });

      expect(again).toMatchObject({
        state: 'acknowledged',
        acknowledgedAt,
        acknowledgedBy: 'ann',
        severity: 'critical',
      });
    });
  });

  describe('resolve', () => {
    it('notes who resolved it, when, and what they said', async () => {
      const raised = await raise();
      const acknowledged = await manager().acknowledge(raised.id, 'ann');

      const alert = await manager().resolve(raised.id, 'bob', 'provider was down');

      const { resolvedAt } = alert;
      expect(resolvedAt?.getTime()).toBeGreaterThanOrEqual(
        acknowledged.acknowledgedAt?.getTime() ?? Infinity,
      );
      expect(alert).toEqual({
        ...acknowledged,
        state: 'resolved',
        resolvedAt,
        resolvedBy: 'bob',
        resolvedNote: 'provider was down',
      });
    });

    it('is by the service where nobody is named', async () => {
      const { id } = await raise();

      const alert = await manager({ serviceName: 'shop' }).resolve(id);

      expect([alert.resolvedBy, alert.resolvedNote]).toEqual(['shop', null]);
    });

    it('may be repeated, and the first time stands', async () => {
      const { id } = await raise();
      const first = await manager().resolve(id, 'ann', 'fixed');

      const again = await manager().resolve(id, 'bob', 'me too');

      expect(again).toEqual(first);
    });

    it('happens once when five people do it at once', async () => {
      const { id } = await raise();

      const alerts = await startBehindLock(
        store(),
        [LOCK_ALERT, id],
        Array.from({ length: 5 }, (_, n) => () => manager().resolve(id, `person ${n}`)),
      );

      expect(alerts).toEqual(alerts.map(() => alerts[0]));
    });

    it('is refused for an unknown alert', async () => {
      expect(await rejectionCode(manager().resolve(UNKNOWN_ID))).toBe('ALERT_NOT_FOUND');
    });

    it('finds the open alert of a fingerprint, and answers null where none is open', async () => {
      const raised = await raise();

      const resolved = await manager().resolveByFingerprint(raised.fingerprint, 'ann', 'all well');
      const again = await manager().resolveByFingerprint(raised.fingerprint);

      expect(resolved).toMatchObject({
        id: raised.id,
        state: 'resolved',
        resolvedBy: 'ann',
        resolvedNote: 'all well',
      });
      expect(again).toBeNull();
    });
  });

  describe('list and get', () => {
    it('lists by severity, state and type, the newest first', async () => {
      const alerts = manager();
      const alertType = randomUUID();
      const ids: number[] = [];
      for (const severity of ['info', 'critical', 'critical', 'critical'] as const) {
        ids.push((await alerts.raise({ alertType, severity, title: `alert ${ids.length}` })).id);
      }
      await alerts.acknowledge(ids[1] ?? 0, 'ann');
      await alerts.resolve(ids[2] ?? 0);

      const lists = await Promise.all([
        alerts.list({ alertType }),
        alerts.list({ alertType, severity: 'critical' }),
        alerts.list({ alertType, state: 'firing' }),
        alerts.list({ alertType, state: 'acknowledged', severity: 'critical' }),
        alerts.list({ alertType, state: 'resolved' }),
        alerts.list({ alertType, limit: 1 }),
        alerts.list({ alertType: "' or true --" }),
        alerts.list(),
      ]);

      const places = lists.map((list) => list.map(({ id }) => ids.indexOf(id)));
      expect(places.slice(0, 7)).toEqual([[3, 2, 1, 0], [3, 2, 1], [3, 0], [1], [2], [3], []]);
      expect(places[7]?.slice(0, 4)).toEqual([3, 2, 1, 0]);
    });

    it('answers null for an unknown id', async () => {
      expect(await manager().get(UNKNOWN_ID)).toBeNull();
    });
  });
}
