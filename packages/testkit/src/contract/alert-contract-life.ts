import { randomUUID } from 'node:crypto';
import { continueTrace } from '@pg-observability/core';
import type { Alert, AlertChange, AlertOptions, RaiseAlertInput } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type { AlertContext } from './alert-contract-context.ts';
import { startBehindLock } from './behind-a-lock.ts';
import { rejectionCode } from './error-code.ts';

const UNKNOWN_ID = 2_147_483_647;
const HOUR_MS = 3_600_000;

/** History, what is told to others, and what is not opened again too soon. */
export function describeAlertLife({ manager, store }: AlertContext): void {
  const createInput = (input: Partial<RaiseAlertInput> = {}): RaiseAlertInput => ({
    alertType: randomUUID(),
    severity: 'warning',
    title: 'Payments fail',
    ...input,
  });
  const raise = (options?: AlertOptions): Promise<Alert> => manager(options).raise(createInput());

  describe('history', () => {
    it('tells every step with who, when, what they said and the trace', async () => {
      const alerts = manager({ serviceName: 'shop' });
      const input = createInput();
      let traceId = '';
      const { id, triggeredAt } = await continueTrace({}, 'pay', async (span) => {
        traceId = span.traceId;
        return alerts.raise(input);
      });
      await alerts.raise(input);
      const grown = await alerts.raise({ ...input, severity: 'critical' });
      const acknowledged = await alerts.acknowledge(id, 'ann', 'looking');
      await alerts.acknowledge(id, 'ann');
      await alerts.acknowledge(id, 'ann', 'found it');
      const resolved = await alerts.resolve(id, 'bob', 'fixed');
      await alerts.resolve(id, 'bob', 'fixed again');

      const history = await alerts.history(id);

      const step = { by: 'ann', note: null, traceId: null };
      expect(history).toEqual([
        { at: triggeredAt, from: null, to: 'firing', by: 'shop', note: null, traceId },
        {
          ...step,
          at: grown.lastTriggeredAt,
          from: 'firing',
          to: 'firing',
          by: 'shop',
          note: 'from warning to critical',
        },
        { ...step, at: acknowledged.acknowledgedAt, from: 'firing', to: 'acknowledged', note: 'looking' },
        { ...step, at: history[3]?.at, from: 'acknowledged', to: 'acknowledged', note: 'found it' },
        { ...step, at: resolved.resolvedAt, from: 'acknowledged', to: 'resolved', by: 'bob', note: 'fixed' },
      ]);
    });

    it('has one resolution where five people resolve at once, and one acknowledgement', async () => {
      const alert = await raise();
      const lock = ['select 1 from observability.alerts where id = $1::int for update', alert.id] as const;
      await startBehindLock(
        store(),
        lock,
        Array.from(
          { length: 5 },
          (_, n) => () => rejectionCode(manager().acknowledge(alert.id, `person ${n}`)),
        ),
      );
      await startBehindLock(
        store(),
        lock,
        Array.from({ length: 5 }, (_, n) => () => manager().resolve(alert.id, `person ${n}`)),
      );

      const history = await manager().history(alert.id);

      expect(history.map(({ from, to }) => [from, to])).toEqual([
        [null, 'firing'],
        ['firing', 'acknowledged'],
        ['acknowledged', 'resolved'],
      ]);
    });

    it('is refused for an unknown alert', async () => {
      expect(await rejectionCode(manager().history(UNKNOWN_ID))).toBe('ALERT_NOT_FOUND');
    });
  });

  describe('onChange', () => {
    it('is told of each change of the state and of nothing else', async () => {
      const changes: AlertChange[] = [];
      const onChange = (change: AlertChange): { sql: string; values: unknown[] }[] => {
        changes.push(change);
        return [{ sql: 'select 1', values: [] }];
      };
      const alerts = manager({ serviceName: 'shop' }, onChange);
      const input = createInput();

      const opened = await alerts.raise(input);
      await alerts.raise(input);
      const acknowledged = await alerts.acknowledge(opened.id, 'ann', 'looking');
      await alerts.acknowledge(opened.id, 'ann', 'still looking');
      const resolved = await alerts.resolveByFingerprint(opened.fingerprint, 'bob');
      await alerts.resolve(opened.id);
      const reopened = await alerts.raise(input);

      expect(changes).toEqual([
        { alert: opened, from: null, to: 'firing', at: opened.triggeredAt, by: 'shop', note: undefined },
        {
          alert: acknowledged,
          from: 'firing',
          to: 'acknowledged',
          at: acknowledged.acknowledgedAt,
          by: 'ann',
          note: 'looking',
        },
        {
          alert: resolved,
          from: 'acknowledged',
          to: 'resolved',
          at: resolved?.resolvedAt,
          by: 'bob',
          note: undefined,
        },
        { alert: reopened, from: null, to: 'firing', at: reopened.triggeredAt, by: 'shop', note: undefined },
      ]);
      expect(reopened.id).not.toBe(opened.id);
    });

    it('undoes the change where its statement fails', async () => {
      const input = createInput();
      const failing = manager({}, () => [{ sql: 'select no_such_column', values: [] }]);

      const code = await rejectionCode(failing.raise(input));

      expect(code).toBe('STORE_FAILED');
      expect(await manager().list({ alertType: input.alertType })).toEqual([]);
    });
  });

  describe('cooldownMs', () => {
    it('counts what comes too soon after the resolution, and opens nothing', async () => {
      const alerts = manager({ cooldownMs: HOUR_MS });
      const input = createInput();
      const { id } = await alerts.raise(input);
      const resolved = await alerts.resolve(id);

      await alerts.raise(input);
      const suppressed = await alerts.raise(input);

      const { lastTriggeredAt } = suppressed;
      expect(suppressed).toEqual({ ...resolved, suppressedCount: 2, lastTriggeredAt });
      expect(await alerts.list({ alertType: input.alertType })).toEqual([suppressed]);
      expect((await alerts.history(id)).map(({ to }) => to)).toEqual(['firing', 'resolved']);
    });

    it('may differ from call to call, and is over once the time has passed', async () => {
      const alerts = manager({ cooldownMs: HOUR_MS });
      const input = createInput();
      const { id } = await alerts.raise(input);
      await alerts.resolve(id);

      const opened = await alerts.raise({ ...input, cooldownMs: 0 });

      expect(opened).toMatchObject({ count: 1, state: 'firing', suppressedCount: 0 });
      expect(opened.id).not.toBe(id);
    });
  });

  describe('labels', () => {
    it('are kept as they were first told, as text and masked', async () => {
      const input = createInput();

      const first = await manager().raise({
        ...input,
        labels: { queue: 'mail', shard: 3, ok: true, password: 'x' },
      });
      const second = await manager().raise({ ...input, labels: { queue: 'other' } });

      expect(first.labels).toEqual({ queue: 'mail', shard: '3', ok: 'true', password: '[REDACTED]' });
      expect(second.labels).toEqual(first.labels);
    });
  });

  it('takes a heartbeat, again and again, and from many at once', async () => {
    const name = randomUUID();

    const beats = Array.from({ length: 5 }, () => manager({ serviceName: 'shop' }).heartbeat(name));

    expect(await Promise.all(beats)).toEqual(beats.map(() => undefined));
  });
}
