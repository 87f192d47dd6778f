import type { Log } from '../logging/log-once.ts';
import { rollUpAll } from '../metrics/rollups/roll-up.ts';
import { ensureTablesOnce } from '../storage/store-access.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { untraced } from '../tracing/untraced.ts';
import type { StuckSweepTask } from '../workflows/stuck-sweep-task.ts';
import type { HousekeepingReport } from './housekeeping-report.ts';
import { selectOwnership } from './housekeeping.sql.ts';
import { Lease } from './lease.ts';
import { leaseTimes } from './lease-times.ts';
import { RepeatedTask } from './repeated-task.ts';
import type { Retention } from './retention.ts';
import { runRound } from './run-housekeeping.ts';

/** What `stats()` tells of housekeeping. */
export interface HousekeepingStats {
  /** True while this process is the one that does it. */
  holdsLease: boolean;
  /** What its last round did; null when it has done none. */
  lastReport: HousekeepingReport | null;
}

/** Options of {@link Housekeeper}. */
export interface HousekeeperOptions extends StoreAccessOptions {
  /** Milliseconds between rounds. */
  intervalMs: number;
  retention: Retention;
  log: Log;
  /** Milliseconds until the first attempt. Default 10,000: a short script leaves it to others. */
  startDelayMs?: number | undefined;
  /** Milliseconds between two times of summing metrics up. Default 60,000. */
  rollUpIntervalMs?: number | undefined;
  /** Looks for stuck workflows, every `intervalMs`, in the process that holds the lease. */
  stuckSweep?: StuckSweepTask | undefined;
  /** @internal How long the lease runs and how often it is renewed, for tests. */
  lease?: { durationMs: number; renewIntervalMs: number } | undefined;
}

const START_DELAY_MS = 10_000;

/** Until the next round when something is left or failed, or after a failed attempt to begin. */
const SOON_MS = 60_000;

const ROLL_UP_INTERVAL_MS = 60_000;

// A process that has stood still holds a lease that is out of time until it has renewed it.
const LEASE_PAUSE_MS = 1_000;

// Telemetry is closed in a second or two, also where the database hangs.
const STOP_TIMEOUT_MS = 2_000;

/**
 * Does the housekeeping of a database, one process at a time: the one that holds the lease `housekeeping`. The others look when
 * the lease would run out, so one that died is followed within seconds; a process whose role does not own the tables asks for
 * no lease. Its timers never keep the process alive.
 */
export class Housekeeper {
  readonly #store: SqlStore;
  readonly #options: HousekeeperOptions;
  readonly #lease: Lease;
  readonly #stuckSweep: RepeatedTask | undefined;
  #isRunning = false;
  #isStopped = false;
  /** Until the lease is lost; it may be out of time for a moment and be renewed. */
  #isHolder = false;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<HousekeepingReport> | undefined;
  #rollUpTimer: NodeJS.Timeout | undefined;
  #rollUp: Promise<unknown> | undefined;
  #lastReport: HousekeepingReport | undefined;
  #failedRounds = 0;
  #hasToldOfOwner = false;

  constructor(store: SqlStore, options: HousekeeperOptions) {
    this.#store = store;
    this.#options = options;
    this.#stuckSweep = this.#createStuckSweep();
    this.#lease = new Lease(store, {
      name: 'housekeeping',
      ...(options.lease ?? leaseTimes(store.idleTimeoutMs)),
      onAcquired: () => {
        this.#isHolder = true;
        this.#nextRound(0);
        this.#rollUpLater();
        this.#stuckSweep?.start();
      },
      onLost: () => {
        this.#isHolder = false;
        clearTimeout(this.#timer);
        clearTimeout(this.#rollUpTimer);
        void this.#stuckSweep?.stop();
      },
    });
  }

  stats(): HousekeepingStats {
    return { holdsLease: this.#lease.held !== undefined, lastReport: this.#lastReport ?? null };
  }

  /** Begins after a while to ask for the lease, and to work once it has it. Safe to call twice; nothing after `stop()`. */
  start(): void {
    if (!this.#isRunning && !this.#isStopped) {
      this.#isRunning = true;
      this.#attempt(this.#options.startDelayMs ?? START_DELAY_MS);
    }
  }

  /** Stops for good and gives the lease back. Waits for a round in progress, for 2 seconds at most. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (!this.#isRunning) {
      return;
    }
    this.#isRunning = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#rollUpTimer);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_TIMEOUT_MS);
    });
    // The lease goes first: a round in progress notices at its next write, and ends.
    const swept = this.#stuckSweep?.stop();
    await Promise.race([Promise.all([this.#lease.stop(), swept, this.#round, this.#rollUp]), timeout]);
    clearTimeout(timer);
  }

  /** One round now, with the lease where it is ours and as if by hand where not; joins a round in progress. Never rejects. */
  runOnce(): Promise<HousekeepingReport> {
    this.#round ??= runRound({
      store: this.#store,
      retention: this.#options.retention,
      grant: this.#lease.held,
    })
      .then((report) => {
        this.#lastReport = report;
        this.#tell(report);
        return report;
      })
      .finally(() => {
        this.#round = undefined;
      });
    return this.#round;
  }

  #attempt(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#begin().then(
        (isOwner) => {
          if (!this.#isRunning) {
            return;
          }
          if (isOwner) {
            this.#lease.start();
          } else {
            this.#tellOfOwner();
            this.#attempt(this.#options.intervalMs);
          }
        },
        // The queues tell of a database that is away.
        () => this.#isRunning && this.#attempt(SOON_MS),
      );
    }, delayMs).unref();
  }

  async #begin(): Promise<boolean> {
    await ensureTablesOnce(this.#store, this.#options);
    const { rows } = await untraced(() => this.#store.query<{ is_owner: boolean }>(selectOwnership));
    return rows[0]?.is_owner === true;
  }

  #nextRound(delayMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#isRunning || !this.#isHolder) {
      return;
    }
    this.#timer = setTimeout(() => {
      if (this.#lease.held === undefined) {
        this.#nextRound(LEASE_PAUSE_MS);
        return;
      }
      void this.runOnce().then((report) => this.#nextRound(this.#pauseAfter(report)));
    }, delayMs).unref();
  }

  /** More often than the other steps, because what people look at is made from it. */
  #rollUpLater(): void {
    clearTimeout(this.#rollUpTimer);
    if (!this.#isRunning || !this.#isHolder) {
      return;
    }
    this.#rollUpTimer = setTimeout(() => {
      const { held } = this.#lease;
      if (held === undefined) {
        this.#rollUpLater();
        return;
      }
      // A failure is told by the round of housekeeping, which does the same.
      this.#rollUp = untraced(() => rollUpAll(this.#store, held))
        .catch(() => undefined)
        .then(() => this.#rollUpLater());
    }, this.#options.rollUpIntervalMs ?? ROLL_UP_INTERVAL_MS).unref();
  }

  #createStuckSweep(): RepeatedTask | undefined {
    const { stuckSweep, log } = this.#options;
    if (stuckSweep === undefined) {
      return undefined;
    }
    const mayGoOn = (): boolean => this.#lease.held !== undefined;
    return new RepeatedTask({
      name: 'The sweep of stuck workflows',
      intervalMs: Math.max(stuckSweep.intervalMs, leaseTimes(this.#store.idleTimeoutMs).leastPauseMs),
      run: async () => (mayGoOn() ? untraced(() => stuckSweep.run(mayGoOn)) : undefined),
      log,
    });
  }

  #pauseAfter(report: HousekeepingReport): number {
    const { intervalMs } = this.#options;
    if (!report.ok) {
      return Math.min(intervalMs, SOON_MS * 2 ** Math.min(this.#failedRounds - 1, 10));
    }
    return report.unfinished ? Math.min(intervalMs, SOON_MS) : intervalMs;
  }

  /** One line when trouble starts, one when it ends. */
  #tell(report: HousekeepingReport): void {
    const failed = report.steps.filter(({ ok }) => !ok);
    if (failed.length > 0) {
      this.#failedRounds += 1;
      if (this.#failedRounds === 1) {
        const what = failed.map(({ step, error }) => `${step}: ${error}`).join(' ');
        this.#options.log.warn(`Housekeeping has trouble, and tries again. ${what}`);
      }
    } else if (this.#failedRounds > 0 && !report.leaseLost) {
      this.#options.log.info(`Housekeeping works again, after ${this.#failedRounds} failed rounds.`);
      this.#failedRounds = 0;
    }
  }

  #tellOfOwner(): void {
    if (!this.#hasToldOfOwner) {
      this.#hasToldOfOwner = true;
      this.#options.log.info(
        'This database role does not own the tables of telemetry, so housekeeping is left to a process whose role does, or to sql/ops/partitions_ahead.sql and sql/ops/prune.sql.',
      );
    }
  }
}
