import { randomUUID } from 'node:crypto';
import type { Alert, AlertChange, RaiseAlertInput, SilenceMatchers } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type { AlertContext } from './alert-contract-context.ts';
import { rejectionCode } from './error-code.ts';

const HOUR_MS = 3_600_000;
const UNKNOWN_ID = 2_147_483_647;

/** Silences: which alerts they match, from when on, and until when. */
export function describeAlertSilences({ manager }: AlertContext): void {
  const raise = (input: Partial<RaiseAlertInput> = {}): Promise<Alert> =>
    manager({ serviceName: 'shop' }).raise({
      alertType: randomUUID(),
      severity: 'warning',
      title: 'Payments fail',
      ...input,
    });

  describe('silence', () => {
    it('tells who silenced what, until when and why', async () => {
      const matchers = { alertType: randomUUID(), labels: { queue: 'mail*' } };
      const before = Date.now();

      const silence = await manager().silence({ matchers, forMs: HOUR_MS, by: 'ann', note: 'moving it' });

      const { id, createdAt, endsAt } = silence;
      expect(silence).toEqual({
        id,
        matchers,
        isActive: true,
        createdAt,
        createdBy: 'ann',
        note: 'moving it',
        endsAt,
        endedAt: null,
        endedBy: null,
      });
      expect(Math.abs(endsAt.getTime() - createdAt.getTime() - HOUR_MS)).toBeLessThan(1_000);
      expect(Math.abs(createdAt.getTime() - before)).toBeLessThan(60_000);
      expect((await manager().silences())[0]).toEqual(silence);
      await manager().unsilence(id, 'ann');
    });

    it('marks the open alerts that match and those that are raised later, and no others', async () => {
      const alertType = randomUUID();
      const open = await raise({ alertType, title: 'before' });
      const other = await raise();
      const until = new Date(Date.now() + HOUR_MS);

      const { id } = await manager().silence({ matchers: { alertType }, until, by: 'ann' });
      const later = await raise({ alertType, title: 'after' });

      const marks = await Promise.all([open, other, later].map((alert) => manager().get(alert.id)));
      expect(marks.map((alert) => alert?.silencedUntil)).toEqual([until, null, until]);
      expect(later.silencedUntil).toEqual(until);
      expect((await manager().history(open.id)).map(({ by, note }) => [by, note])).toEqual([
        ['shop', null],
        ['ann', 'silenced'],
      ]);
      await manager().unsilence(id, 'ann');
    });

    it('makes the one with the same matchers longer and never shorter, however many do so at once', async () => {
      const alertType = randomUUID();
      const silence = (forMs: number): Promise<{ id: number; endsAt: Date }> =>
        manager().silence({ matchers: { alertType }, forMs, by: 'ann' });

      const all = await Promise.all([HOUR_MS, 2 * HOUR_MS, HOUR_MS, HOUR_MS, HOUR_MS].map(silence));

      const last = await silence(HOUR_MS);
      expect(new Set([...all, last].map(({ id }) => id)).size).toBe(1);
      expect(last.endsAt.getTime()).toBeGreaterThan(Date.now() + 1.5 * HOUR_MS);
      await manager().unsilence(last.id, 'ann');
    });

    it('ends by itself, also for an alert that is raised again', async () => {
      const alertType = randomUUID();
      const changes: AlertChange[] = [];
      const alerts = manager({}, (change) => (changes.push(change), []));
      const { endsAt } = await alerts.silence({ matchers: { alertType }, forMs: 300, by: 'ann' });
      const silenced = await alerts.raise({ alertType, severity: 'error', title: 'x' });

      await expect
        .poll(async () => (await alerts.raise({ alertType, severity: 'error', title: 'x' })).silencedUntil)
        .toBeNull();

      expect(silenced.silencedUntil).toEqual(endsAt);
      expect(changes.map(({ from, to, note, alert }) => [from, to, note, alert.silencedUntil])).toEqual([
        [null, 'firing', undefined, endsAt],
        ['firing', 'firing', 'no longer silenced', null],
      ]);
      expect((await alerts.silences()).some((silence) => silence.matchers.alertType === alertType)).toBe(
        false,
      );
      const all = await alerts.silences({ includeEnded: true, limit: 10_000 });
      expect(all.find((silence) => silence.matchers.alertType === alertType)).toMatchObject({
        isActive: false,
      });
    });

    it('begins anew, as another one, where the one with the same matchers has run out', async () => {
      const alertType = randomUUID();
      const silence = (forMs: number): Promise<{ id: number }> =>
        manager().silence({ matchers: { alertType }, forMs, by: 'ann' });
      const first = await silence(1);
      await expect
        .poll(async () => (await manager().silences()).some(({ id }) => id === first.id))
        .toBe(false);

      const second = await silence(HOUR_MS);

      expect(second.id).not.toBe(first.id);
      await manager().unsilence(second.id);
    });
  });

  describe('unsilence', () => {
    it('frees the alerts, tells of them, and may be repeated', async () => {
      const alertType = randomUUID();
      const changes: AlertChange[] = [];
      const alerts = manager({}, (change) => (changes.push(change), []));
      const { id } = await alerts.silence({ matchers: { alertType }, forMs: HOUR_MS, by: 'ann' });
      const alert = await raise({ alertType });

      const ended = await alerts.unsilence(id, 'bob');
      const again = await alerts.unsilence(id, 'eve');

      expect(ended).toMatchObject({ id, isActive: false, endedBy: 'bob' });
      expect(again).toEqual(ended);
      expect(await alerts.get(alert.id)).toEqual({ ...alert, silencedUntil: null });
      expect(changes.map(({ from, to, by, note, alert: { id: of } }) => [of, from, to, by, note])).toEqual([
        [alert.id, 'firing', 'firing', 'bob', 'no longer silenced'],
      ]);
    });

    it('leaves an alert silenced that another silence matches as well', async () => {
      const alertType = randomUUID();
      const wide = await manager().silence({
        matchers: { alertType: `${alertType.slice(0, 30)}*` },
        forMs: HOUR_MS,
        by: 'ann',
      });
      const narrow = await manager().silence({ matchers: { alertType }, forMs: 2 * HOUR_MS, by: 'ann' });
      const { id, silencedUntil } = await raise({ alertType });

      await manager().unsilence(narrow.id);

      expect(silencedUntil).toEqual(narrow.endsAt);
      expect((await manager().get(id))?.silencedUntil).toEqual(wide.endsAt);
      await manager().unsilence(wide.id);
    });

    it('is refused for an unknown silence', async () => {
      expect(await rejectionCode(manager().unsilence(UNKNOWN_ID))).toBe('SILENCE_NOT_FOUND');
    });
  });

  describe('matchers', () => {
    const labels = { queue: 'mail_1', share: '50%', path: 'a\\b', star: '*' };
    it.each<[silenced: boolean, matchers: SilenceMatchers]>([
      [true, { severity: 'warning' }],
      [false, { severity: 'critical' }],
      [true, { severity: 'w*g', serviceName: 'shop' }],
      [false, { severity: 'w*g', serviceName: 'sho' }],
      [true, { serviceName: '????' }],
      [false, { serviceName: '???' }],
      [true, { title: '*' }],
      [true, { title: '*a*a*a*' }],
      [false, { title: 'payments fail' }],
      [true, { labels: { queue: 'mail_1' } }],
      [false, { labels: { queue: 'mail?2' } }],
      [false, { labels: { queue: 'mailx1' } }],
      [true, { labels: { share: '50%' } }],
      [false, { labels: { share: '5%' } }],
      [true, { labels: { path: 'a\\b' } }],
      [true, { labels: { star: '\\*' } }],
      [false, { labels: { queue: '\\*' } }],
      [false, { labels: { missing: '*' } }],
      [true, { labels: { queue: '*', share: '*' }, severity: '*' }],
      [false, { labels: { queue: '*', missing: '*' } }],
      [false, { title: "' or true --" }],
    ])('answer %j for %j', async (silenced, matchers) => {
      const alertType = randomUUID();
      const { id } = await manager().silence({
        matchers: { alertType, ...matchers },
        forMs: HOUR_MS,
        by: 'ann',
      });

      const alert = await raise({ alertType, title: 'Payments fail at bank', labels });

      expect(alert.silencedUntil !== null).toBe(silenced);
      await manager().unsilence(id);
    });

    it('no longer match an alert that has grown more severe, of which people are told', async () => {
      const alertType = randomUUID();
      const changes: AlertChange[] = [];
      const { id } = await manager().silence({
        matchers: { alertType, severity: 'warning' },
        forMs: HOUR_MS,
        by: 'ann',
      });
      const { silencedUntil } = await raise({ alertType });

      const grown = await manager({}, (change) => (changes.push(change), [])).raise({
        alertType,
        severity: 'critical',
        title: 'Payments fail',
        fingerprint: (await manager().list({ alertType }))[0]?.fingerprint,
      });

      expect([silencedUntil === null, grown.silencedUntil]).toEqual([false, null]);
      expect(changes.map(({ note }) => note)).toEqual(['from warning to critical, no longer silenced']);
      await manager().unsilence(id);
    });
  });
}
