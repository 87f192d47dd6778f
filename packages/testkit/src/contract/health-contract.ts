import { HealthChecker, hasRows } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import { useContractStore } from './contract-store.ts';
import type { OpenContractStore } from './contract-store.ts';
import { createQuietLogger } from './quiet-logger.ts';
import { createUnreliableStore } from './unreliable-store.ts';
import type { UnreliableStore } from './unreliable-store.ts';

const aDate: unknown = expect.any(Date);
const aDuration: unknown = expect.any(Number);

/** What `HealthChecker` promises on every store. */
export function describeHealthContract(name: string, openStore: OpenContractStore): void {
  describe(`HealthChecker on ${name}`, () => {
    const store = useContractStore(openStore, (opened) =>
      opened.script(`
        create schema app;
        create table app.prices (id integer);
        create table "Odd ""Name;--" (id integer);
        insert into "Odd ""Name;--" values (1);`),
    );
    const openConnection = (): UnreliableStore => createUnreliableStore(store());

    it('is ready when the database answers, and installs no schema for it', async () => {
      const store = openConnection();
      const health = new HealthChecker(store, { logger: createQuietLogger(), timeoutMs: 10_000 });

      const readiness = await health.readiness();

      const { rows } = await store.query("select to_regnamespace('observability') is null as untouched");
      expect(readiness).toEqual({
        healthy: true,
        status: 'up',
        message: 'ready',
        checkedAt: aDate,
        details: { database: { status: 'up', durationMs: aDuration } },
      });
      expect(rows).toEqual([{ untouched: true }]);
    });

    it('follows the database down and up again, with one line each and no password in it', async () => {
      const store = openConnection();
      const logger = createQuietLogger();
      const health = new HealthChecker(store, { logger, timeoutMs: 10_000 });
      store.isAway = true;
      const away = [await health.readiness(), await health.readiness(), await health.liveness()];
      store.isAway = false;

      const back = [await health.readiness(), await health.readiness()];

      expect([...away, ...back].map(({ status }) => status)).toEqual(['down', 'down', 'up', 'up', 'up']);
      expect(away[0]?.details?.['database']?.message).toContain('ECONNREFUSED');
      expect(logger.lines.map((line) => line.slice(0, 4))).toEqual(['warn', 'info']);
      expect(JSON.stringify([logger.lines, away])).not.toContain('hunter2');
    });

    it('answers in time while the database hangs, and starts no second query', async () => {
      const store = openConnection();
      store.queriesToHang = 1;
      const health = new HealthChecker(store, { logger: createQuietLogger(), timeoutMs: 20 });

      const probes = [
        await health.readiness(),
        ...(await Promise.all([health.readiness(), health.readiness()])),
      ];

      expect(probes.map(({ status, message }) => ({ status, message }))).toEqual(
        probes.map(() => ({ status: 'down', message: 'down: database' })),
      );
      expect(store.queries).toBe(1);
    });

    it('has started once a table has rows, and does not look again', async () => {
      const store = openConnection();
      const startupCheck = hasRows('app.prices');
      const health = new HealthChecker(store, {
        logger: createQuietLogger(),
        startupCheck,
        timeoutMs: 10_000,
      });
      const before = [await health.startup(), health.startupComplete];
      await store.query('insert into app.prices values (1)');
      const first = await health.startup();
      const queries = store.queries;
      await store.query('delete from app.prices');
      store.isAway = true;

      const later = await health.startup();

      expect(before).toEqual([
        {
          healthy: false,
          status: 'down',
          message: 'down: startup',
          checkedAt: aDate,
          details: {
            startup: { status: 'down', durationMs: aDuration, message: 'app.prices has no rows yet' },
          },
        },
        false,
      ]);
      expect(first).toEqual({ healthy: true, status: 'up', message: 'started', checkedAt: aDate });
      expect([later, health.startupComplete, store.queries]).toEqual([first, true, queries + 1]);
    });

    it('has started, without a check of its own, once the database has answered', async () => {
      const store = openConnection();
      const health = new HealthChecker(store, { logger: createQuietLogger(), timeoutMs: 10_000 });
      store.isAway = true;
      const away = await health.startup();
      store.isAway = false;

      const back = await health.startup();

      expect([away.status, back.status]).toEqual(['down', 'up']);
    });

    it.each([
      ['Odd "Name;--', 'up'],
      ['public.Odd "Name;--', 'up'],
      ['odd "name;--', 'down'],
      ['prices', 'down'],
      ["prices'; drop table app", 'down'],
    ])('looks for the table %s by its very name', async (table, status) => {
      const store = openConnection();
      const startupCheck = hasRows(table);
      const health = new HealthChecker(store, {
        logger: createQuietLogger(),
        startupCheck,
        timeoutMs: 10_000,
      });

      const startup = await health.startup();

      expect(startup.status).toBe(status);
    });
  });
}
