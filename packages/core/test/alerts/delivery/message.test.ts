import { describe, expect, it } from 'vitest';
import { composeMessage } from '../../../src/alerts/delivery/compose-message.ts';
import { changeToKey, notificationsFor } from '../../../src/alerts/delivery/notifications-for.ts';
import { resolveDelivery } from '../../../src/alerts/delivery/resolve-delivery.ts';
import { changeToJson, jsonToChange } from '../../../src/alerts/delivery/stored-change.ts';
import { sampleAlert, sampleChange, sampleMessage } from './alert-samples.ts';

describe('a message', () => {
  it('says what fires, since when, how often, and where to look', () => {
    const change = sampleChange({ count: 3 });

    const message = sampleMessage([change], ({ id }) => `https://shop.example.org/alerts/${id}`);

    expect(message).toEqual({
      idempotencyKey: 'message-1',
      receiver: 'ops',
      status: 'firing',
      severity: 'error',
      title: '[firing, error] Payments fail',
      text: [
        'Firing (error): Payments fail',
        'payment_failed, from shop: since 2026-11-28 11:57:26 UTC, seen 3 times.',
        'card declined',
        'https://shop.example.org/alerts/7',
        'Trace: 4bf92f3577b34da6a3ce929d0e0e4736',
      ].join('\n'),
      notices: [
        {
          idempotencyKey: 'key-0',
          event: 'opened',
          from: null,
          to: 'firing',
          at: change.at,
          by: null,
          note: null,
          alert: change.alert,
          link: 'https://shop.example.org/alerts/7',
        },
      ],
    });
  });

  it('tells each alert once, as it is last, the worst that fires first', () => {
    const at = new Date('2026-11-28T12:00:00.000Z');
    const resolved = { resolvedAt: at, resolvedBy: 'ada', state: 'resolved' } as const;

    const message = sampleMessage([
      sampleChange({ id: 1 }),
      sampleChange(
        { id: 1, ...resolved },
        { from: 'firing', to: 'resolved', at, by: 'ada', note: 'was the proxy' },
      ),
      sampleChange({ id: 2, severity: 'warning', title: 'Orders pile up' }),
      sampleChange({ id: 3, severity: 'critical', title: 'Shop is down', message: '', traceId: null }),
    ]);

    expect([message.title, message.status, message.severity, message.notices.length]).toEqual([
      '[2 firing, 1 resolved] Shop is down, and 2 more',
      'firing',
      'critical',
      4,
    ]);
    expect(message.text.split('\n\n').map((part) => part.split('\n')[0])).toEqual([
      'Firing (critical): Shop is down',
      'Firing (warning): Orders pile up',
      'Resolved (error): Payments fail',
    ]);
    expect(message.text).toContain('Resolved by ada at 2026-11-28 12:00:00 UTC. was the proxy');
  });

  it('shows 50 alerts and tells how many more there are', () => {
    const changes = Array.from({ length: 75 }, (_, index) => sampleChange({ id: index + 1 }));

    const { text } = sampleMessage(changes);

    expect(text.split('\n\n')).toHaveLength(51);
    expect(text.endsWith('\n\nAnd 25 more.')).toBe(true);
  });

  it.each([
    [{ from: null, to: 'firing' }, 0, 'opened'],
    [{ from: 'firing', to: 'firing' }, 0, 'escalated'],
    [{ from: 'acknowledged', to: 'acknowledged' }, 0, 'escalated'],
    [{ from: 'firing', to: 'firing', note: 'no longer silenced' }, 0, 'unsilenced'],
    [{ from: 'firing', to: 'firing', note: 'from info to error, no longer silenced' }, 0, 'unsilenced'],
    [{ from: 'acknowledged', to: 'firing' }, 0, 'reopened'],
    [{ from: 'firing', to: 'acknowledged' }, 0, 'acknowledged'],
    [{ from: 'firing', to: 'resolved' }, 0, 'resolved'],
    [{ from: null, to: 'firing' }, 2, 'repeated'],
  ] as const)('calls the step %o, told again %i times, %s', (step, repeats, event) => {
    const change = sampleChange({}, step);

    const { notices } = composeMessage(
      'm',
      'ops',
      [{ idempotencyKey: 'k', repeats, change }],
      () => undefined,
    );

    expect(notices.map((notice) => [notice.event, notice.idempotencyKey])).toEqual([
      [event, repeats === 0 ? 'k' : 'k/repeat/2'],
    ]);
  });

  it('lets no text begin a line of its own in the title, and cuts what is long', () => {
    const title = `Payments\r\nBcc: all@example.org\u2028${'x'.repeat(500)}`;

    const message = sampleMessage([sampleChange({ title, message: 'y'.repeat(60_000) })]);

    expect(message.title.split(/[\r\n\u2028]/)).toHaveLength(1);
    expect(message.title.length).toBeLessThanOrEqual(220);
    expect(message.text.length).toBeLessThan(2_000);
  });
});

describe('a stored change', () => {
  it('comes back as it was', () => {
    const at = new Date('2026-11-28T12:00:00.123Z');
    const change = sampleChange(
      { acknowledgedAt: at, acknowledgedBy: 'ada', state: 'acknowledged' },
      { from: 'firing', to: 'acknowledged', at, by: 'ada', note: 'looking' },
    );

    expect(jsonToChange(changeToJson(change))).toEqual(change);
    expect(jsonToChange(JSON.parse(changeToJson(sampleChange())))).toEqual(sampleChange());
  });

  it('leaves out metadata that would be stored once for each receiver', () => {
    const json = changeToJson(sampleChange({ metadata: { log: 'x'.repeat(500_000) } }));

    expect(json.length).toBeLessThan(2_000);
    expect(jsonToChange(json).alert.metadata).toEqual({ omitted: 'too long, see the alert' });
  });
});

describe('notificationsFor', () => {
  const receivers = {
    ops: { kind: 'log' },
    quiet: { kind: 'log', sendAcknowledged: false, sendResolved: false },
  } as const;
  const delivery = resolveDelivery({ receivers });
  const told = (change = sampleChange()): unknown[] =>
    delivery === undefined ? [] : notificationsFor(change, delivery).map(({ values }) => values[0]);

  it('writes a row for each receiver that wants it', () => {
    expect(told()).toEqual(['ops', 'quiet']);
    expect(told(sampleChange({}, { from: 'acknowledged', to: 'acknowledged' }))).toEqual(['ops', 'quiet']);
    expect(told(sampleChange({}, { from: 'firing', to: 'acknowledged' }))).toEqual(['ops']);
    expect(told(sampleChange({}, { from: 'firing', to: 'resolved' }))).toEqual(['ops']);
  });

  it('tells nobody of an alert while it is silenced', () => {
    const at = new Date('2026-11-28T12:00:00.000Z');
    const silenced = (until: Date | null): unknown[] =>
      told(sampleChange({ silencedUntil: until }, { from: 'firing', at }));

    expect([silenced(new Date(at.getTime() + 1)), silenced(at), silenced(null)]).toEqual([
      [],
      ['ops', 'quiet'],
      ['ops', 'quiet'],
    ]);
  });

  it('answers the same for the same change', () => {
    expect(delivery && notificationsFor(sampleChange(), delivery)).toEqual(
      delivery && notificationsFor(sampleChange(), delivery),
    );
  });

  it.each([
    [{}, {}, '7/firing/error'],
    [{ severity: 'critical' }, { from: 'firing' }, '7/firing/critical'],
    [{}, { from: 'firing', to: 'resolved' }, '7/resolved/1795867046000'],
    [{}, { from: 'acknowledged', to: 'firing' }, '7/firing/1795867046000'],
  ] as const)('names the change %o %o %s', (alert, step, key) => {
    expect(changeToKey(sampleChange(alert, step))).toBe(key);
  });
});

it('takes whatever an alert can hold', () => {
  const hostile = '\u0000"\'; drop table x; -- <b>*&_`\u202e\ud800 __proto__';
  const alert = sampleAlert({ title: hostile, message: hostile, serviceName: hostile, traceId: null });

  const message = sampleMessage([{ alert, from: null, to: 'firing', at: new Date(Number.NaN), by: hostile }]);

  expect(message.text).toContain('drop table x');
  expect(message.title).not.toContain('\u0000');
});
