import { ensureObservabilityTables, HealthChecker } from '@pg-observability/core';
import type { HealthCheckerOptions, HealthHistoryEntry, SqlStore } from '@pg-observability/core';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rejectionCode } from './error-code.ts';
import { useContractStore } from './contract-store.ts';
import type { OpenContractStore } from './contract-store.ts';
import { createQuietLogger } from './quiet-logger.ts';
import type { QuietLogger } from './quiet-logger.ts';
import { createUnreliableStore } from './unreliable-store.ts';
import type { UnreliableStore } from './unreliable-store.ts';

const NOON_MS = Date.UTC(2026, 4, 15, 12);
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** A service whose one check, and whose clock, the test moves. */
interface Service {
  health: HealthChecker;
  store: UnreliableStore;
  logger: QuietLogger;
  /** Probes once after so many milliseconds, where the check answers this. */
  probe(answer: unknown, afterMs?: number): Promise<void>;
  moveClock(byMs: number): void;
}

/** What `history` and `uptime` promise on every store. */
export function describeHealthHistoryContract(name: string, openStore: OpenContractStore): void {
  describe(`the history of health on ${name}`, () => {
    // A store that has to unpack a database first says how long that may take; the connection of these tests does not.
    const store = useContractStore(openStore, ensureObservabilityTables, 180_000);
    const open = (options: HealthCheckerOptions = {}, startMs = NOON_MS): Service =>
      openService(store(), options, startMs);

    it('has the initial state and changes, not probes, with reason and duration, the newest first', async () => {
      const { health, probe } = open();

      await probe(true);
      await probe(true, 10 * SECOND_MS);
      await probe(new Error('postgres://app:hunter2@db is away'), 10 * SECOND_MS);
      await probe(false, 10 * SECOND_MS);
      await probe(true, 10 * SECOND_MS);
      await health.flush();

      const entries = await health.history();
      expect(entries.filter(({ check }) => check === 'a').map(withoutInstance)).toEqual([
        entry({ from: 'down', to: 'up', durationMs: 20_000, at: 40, until: 40 }),
        entry({
          from: 'up',
          to: 'down',
          durationMs: 20_000,
          at: 20,
          until: 40,
          reason: expect.stringMatching(/^postgres:\/\/(?!.*hunter2).*is away$/),
        }),
        entry({ from: null, to: 'up', durationMs: null, at: 0, until: 20 }),
      ]);
      expect(entries.filter(({ check }) => check === 'ready').map(({ to, reason }) => [to, reason])).toEqual([
        ['up', null],
        ['down', expect.stringContaining('is away')],
        ['up', null],
      ]);
      expect(new Set(entries.map(({ instanceId }) => instanceId)).size).toBe(1);
      expect(health.stats().history).toEqual({ stored: 6, queued: 0, dropped: 0, lastError: null });
    });

    it('answers by check, time and number, and of this service only', async () => {
      const { health, probe } = open();
      const other = open();
      await other.probe(false);
      await other.health.flush();
      await probe(true);
      await probe(false, 10 * SECOND_MS);
      await probe(true, 10 * SECOND_MS);
      await health.flush();

      const [byCheck, since, limited, unknown] = await Promise.all([
        health.history({ check: 'ready' }),
        health.history({ check: 'a', since: new Date(NOON_MS + 10 * SECOND_MS) }),
        health.history({ limit: 1 }),
        health.history({ check: `b"'; drop table` }),
      ]);

      expect(byCheck.map(({ check, to }) => `${check} ${to}`)).toEqual([
        'ready up',
        'ready down',
        'ready up',
      ]);
      expect(since.map(({ to }) => to)).toEqual(['up', 'down']);
      expect([limited.length, unknown]).toEqual([1, []]);
    });

    it('keeps changes while the database is away, and stores them in order, each once', async () => {
      const { health, store, probe } = open();
      await probe(true);
      await health.flush();
      store.isAway = true;
      for (let change = 0; change < 20; change += 1) {
        await probe(change % 2 === 1, 10 * SECOND_MS);
      }
      const refusal = rejectionCode(health.flush(1));
      const during = [await refusal, health.stats().history];
      store.isAway = false;
      store.answersToLose = 1;

      await health.flush();

      const entries = (await health.history({ check: 'a', limit: 1_000 })).toReversed();
      expect(during).toEqual([
        'STORE_UNAVAILABLE',
        { stored: 2, queued: 40, dropped: 0, lastError: expect.stringMatching(/^(?!.*hunter2)/) },
      ]);
      expect(entries.map(({ to }) => to)).toEqual(
        Array.from({ length: 21 }, (_, index) => (index % 2 === 0 ? 'up' : 'down')),
      );
      expect(entries.map(({ occurredAt }) => occurredAt.getTime() - NOON_MS)).toEqual(
        entries.map((_, index) => index * 10 * SECOND_MS),
      );
      expect(health.stats().history).toMatchObject({ stored: 42, queued: 0, dropped: 0 });
    });

    it('lets the oldest go past its bound, counted, and the time they told of is unknown', async () => {
      const { health, store, probe } = open({ history: { maxQueued: 10 } });
      store.isAway = true;
      for (let change = 0; change < 30; change += 1) {
        await probe(change % 2 === 0, 10 * SECOND_MS);
      }
      store.isAway = false;

      await health.flush();

      const stats = health.stats().history;
      const [day] = await health.uptime({ check: 'a', days: 1 });
      expect(stats).toMatchObject({ stored: 12, dropped: 48, queued: 0 });
      expect(await health.history()).toHaveLength(12);
      expect([day?.upMs, day?.downMs]).toEqual([30_000, 20_000]);
    });

    it('never lets a probe wait for the database, or fail with it', async () => {
      const { health, store, probe } = open();
      store.queriesToHang = 1_000;

      await probe(true);
      await probe(false, 10 * SECOND_MS);

      expect((await health.readiness()).status).toBe('down');
      await health.shutdown(1);
      expect(health.stats().history).toMatchObject({ stored: 0, queued: 0, dropped: 4 });
      store.queriesToHang = 0;
    });

    it('counts the share of the known time by UTC day, and says what is unknown', async () => {
      const { health, probe, moveClock } = open({ history: { gapMs: HOUR_MS } }, NOON_MS - DAY_MS);
      // Yesterday from noon: 6 hours up, 3 down, then nobody looks until today.
      await probe(true);
      await repeat(6, () => probe(true, HOUR_MS));
      await probe(false);
      await repeat(3, () => probe(false, HOUR_MS));
      // Today from 1 o'clock: 2 hours degraded, 1 up, and an hour of silence until 5.
      await probe({ status: 'degraded' }, 4 * HOUR_MS);
      await repeat(2, () => probe({ status: 'degraded' }, HOUR_MS));
      await probe(true);
      await probe(true, HOUR_MS);
      moveClock(HOUR_MS);
      await health.flush();

      const [before, yesterday, today] = await health.uptime({ check: 'a', days: 3 });

      const day = (index: number): Date => new Date(Date.UTC(2026, 4, 13 + index));
      const nothing = { check: 'a', upMs: 0, degradedMs: 0, downMs: 0, changes: 0 };
      expect(before).toEqual({
        ...nothing,
        day: day(0),
        unknownMs: DAY_MS,
        upFraction: null,
        healthyFraction: null,
      });
      expect(yesterday).toEqual({
        ...nothing,
        day: day(1),
        upMs: 6 * HOUR_MS,
        downMs: 3 * HOUR_MS,
        unknownMs: 15 * HOUR_MS,
        upFraction: 6 / 9,
        healthyFraction: 6 / 9,
        changes: 1,
      });
      expect(today).toEqual({
        ...nothing,
        day: day(2),
        upMs: HOUR_MS,
        degradedMs: 2 * HOUR_MS,
        unknownMs: 2 * HOUR_MS,
        upFraction: 1 / 3,
        healthyFraction: 1,
        changes: 1,
      });
    });

    it('splits a status that goes on over midnight, and adds the processes of a service up', async () => {
      const serviceName = randomUUID();
      const start = Date.UTC(2026, 4, 14, 22);
      const [one, other] = [open({ serviceName }, start), open({ serviceName }, start + HOUR_MS)];
      await one.probe(true);
      await repeat(48, () => one.probe(true, 5 * 60_000));
      await other.probe(false);
      await repeat(12, () => other.probe(false, 5 * 60_000));
      await Promise.all([one, other].map(({ health }) => health.flush()));

      const days = await one.health.uptime({ check: 'a', days: 2 });

      expect(
        days.map(({ upMs, downMs, unknownMs, upFraction }) => [upMs, downMs, unknownMs, upFraction]),
      ).toEqual([
        [2 * HOUR_MS, HOUR_MS, 22 * HOUR_MS, 2 / 3],
        [2 * HOUR_MS, 0, 0, 1],
      ]);
    });

    it('names every check that was seen in these days, and one that is asked for in any case', async () => {
      const { health, probe, moveClock } = open();
      await probe(true);
      moveClock(SECOND_MS);
      await health.flush();

      const [all, unseen] = await Promise.all([
        health.uptime({ days: 1 }),
        health.uptime({ check: 'unseen', days: 1 }),
      ]);

      expect(all.map(({ check }) => check)).toEqual(['a', 'ready']);
      expect(unseen).toMatchObject([
        { check: 'unseen', unknownMs: 12 * HOUR_MS + SECOND_MS, upFraction: null },
      ]);
    });

    it('marks what flaps, holds its log lines back and stores every change', async () => {
      const { health, probe, logger } = open({ flapping: { changes: 3, withinMs: 60_000 } });
      await probe(true);
      await repeat(6, async (turn) => probe(turn % 2 === 1, 10 * SECOND_MS));
      const during = await health.readiness();
      const stats = health.stats().checks['a'];
      await probe(true, 120 * SECOND_MS);
      await probe(true, 10 * SECOND_MS);
      await health.flush();

      const entries = (await health.history({ check: 'a' })).toReversed();

      expect(during.details?.['a']).toMatchObject({ flapping: true });
      expect(stats).toMatchObject({ changes: 6, flapping: true });
      expect(entries.map(({ flapping }) => flapping)).toEqual([false, false, false, true, true, true, true]);
      expect((await health.readiness()).details?.['a']).not.toHaveProperty('flapping');
      // Not ready, ready, flaps, and steady again; nothing in between.
      expect(logger.lines.map((line) => line.slice(0, 4))).toEqual(['warn', 'info', 'warn', 'info']);
    });

    it('tells that a service drains or starts from an outage', async () => {
      let hasStarted = false;
      const { health, probe } = open({ startupCheck: () => hasStarted });
      await probe(true);
      hasStarted = true;
      await probe(true, 10 * SECOND_MS);
      health.setDraining(true);
      await probe(true, 10 * SECOND_MS);
      await health.flush();

      const ready = await health.history({ check: 'ready' });
      const [day] = await health.uptime({ check: 'ready', days: 1 });

      expect(ready.map(({ from, to }) => [from, to])).toEqual([
        ['up', 'draining'],
        ['starting', 'up'],
        [null, 'starting'],
      ]);
      expect([day?.upMs, day?.downMs, day?.upFraction]).toEqual([0, 0, null]);
    });

    it.each([
      null,
      5,
      [],
      { check: '' },
      { check: 5 },
      { check: 'a\0' },
      { check: '\ud800' },
      { check: 'x'.repeat(10_000_000) },
      { since: 'yesterday' },
      { since: new Date(Number.NaN) },
      { since: 0 },
      { limit: 0 },
      { limit: 10_001 },
      { limit: Number.NaN },
      { limit: 5n },
    ])('refuses to answer history of what is no query, case %$', async (query) => {
      const { health } = open();

      const refusal = health.history(query as never).catch((error: unknown) => error);

      expect(String(await refusal)).toMatch(/^ObservabilityError: \[INVALID_ARGUMENT\] .{1,300}$/);
    });

    it.each([{ since: new Date(8.64e15) }, { since: new Date(-8.64e15) }])(
      'answers history(%o), which is odd and allowed',
      async (query) => {
        const { health } = open();

        expect(await health.history(query)).toEqual([]);
      },
    );

    it.each([
      null,
      'ready',
      { days: 0 },
      { days: 401 },
      { days: 1.5 },
      { days: Number.POSITIVE_INFINITY },
      { check: {} },
    ])('refuses to answer uptime of what is no query, case %$', async (query) => {
      const { health } = open();

      expect(await rejectionCode(health.uptime(query as never))).toBe('INVALID_ARGUMENT');
    });

    it('stores the names and reasons of hostile checks', async () => {
      const { health, probe } = open({
        checks: { ['NUL \0 \ud800 "\'; drop']: () => ({ healthy: false, message: '\0\ud800 \\u0000 "\'' }) },
      });
      await probe(true);

      await health.flush();

      const entries = await health.history();
      expect(entries.map(({ check }) => check).toSorted()).toEqual(['NUL � � "\'; drop', 'ready']);
      expect(entries[0]?.reason).toContain('�');
    });
  });
}

function openService(backing: SqlStore, options: HealthCheckerOptions, startMs: number): Service {
  const store = createUnreliableStore(backing);
  const logger = createQuietLogger();
  let nowMs = startMs;
  let answer: unknown = true;
  const check = (): unknown => {
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  };
  const health = new HealthChecker(
    store,
    {
      logger,
      history: true,
      serviceName: randomUUID(),
      timeoutMs: 10_000,
      checks: { a: check },
      startupCheck: () => true,
      groups: { ready: options.checks === undefined ? ['a'] : Object.keys(options.checks) },
      ...options,
    },
    { now: () => nowMs },
  );
  return {
    health,
    store,
    logger,
    moveClock: (byMs) => {
      nowMs += byMs;
    },
    probe: async (next, afterMs = 0) => {
      nowMs += afterMs;
      answer = next;
      await health.readiness();
    },
  };
}

async function repeat(times: number, work: (turn: number) => Promise<unknown>): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    await work(turn);
  }
}

function withoutInstance({ instanceId: _instanceId, ...rest }: HealthHistoryEntry): unknown {
  return rest;
}

/** What an entry of the check `a` is expected to be; times in seconds since noon. */
function entry(given: {
  from: string | null;
  to: string;
  durationMs: number | null;
  at: number;
  until: number;
  reason?: unknown;
}): unknown {
  const { from, to, durationMs, at, until, reason = null } = given;
  return {
    check: 'a',
    from,
    to,
    durationMs,
    reason,
    occurredAt: new Date(NOON_MS + at * SECOND_MS),
    lastSeenAt: new Date(NOON_MS + until * SECOND_MS),
    flapping: false,
  };
}
