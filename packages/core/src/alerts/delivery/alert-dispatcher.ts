import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { leaseTimes } from '../../housekeeping/lease-times.ts';
import type { Log } from '../../logging/log-once.ts';
import { settlesWithin } from '../../lifecycle/settles-within.ts';
import { createStoreAccess } from '../../storage/store-access.ts';
import type { StoreAccess, StoreAccessOptions } from '../../storage/store-access.ts';
import type { SqlRow, SqlStore } from '../../storage/sql-store.ts';
import type { AlertChange, SqlStatement } from '../alert-change.ts';
import type { DirectTelling } from '../rules/outage-alarm.ts';
import { createSender } from './create-sender.ts';
import type { ResolvedDelivery } from './delivery-options.ts';
import type { AlertDeliveryStats } from './delivery-stats.ts';
import { notificationsFor, receiversOf } from './notifications-for.ts';
import { repeatNotifications, selectQueues } from './notifications.sql.ts';
import { ReceiverWorker } from './receiver-worker.ts';
import type { SendOutcome } from './send-outcome.ts';

/** Options of {@link AlertDispatcher}. */
export interface AlertDispatcherOptions extends StoreAccessOptions {
  delivery: ResolvedDelivery;
  log: Log;
  /** Milliseconds between two looks at the database, at most. Default 5,000; longer over a pool that was handed in. */
  pollIntervalMs?: number | undefined;
  /** Milliseconds beyond the time of an attempt after which another process takes its message over. Default 20,000. */
  takeOverAfterMs?: number | undefined;
}

interface QueueRow extends SqlRow {
  receiver: string;
  queued: number;
  dead: number;
  next_due_in_ms: number | null;
}

const POLL_INTERVAL_MS = 5_000;
// What is due and cannot be claimed is under way elsewhere; asking faster gives nothing.
const LEAST_PAUSE_MS = 1_000;
// After the change, whose transaction has yet to commit.
const COMMIT_MARGIN_MS = 50;
const TAKE_OVER_AFTER_MS = 20_000;
const MAX_REPEATS = 500;
// To say in the database that an attempt was broken off.
const ABORT_TIMEOUT_MS = 500;

/**
 * Tells receivers of alerts: looks into the outbox, and hands each receiver what is due. Any number of processes may do so at once.
 * Nothing of it throws into the application, and its timers keep no process alive.
 */
export class AlertDispatcher {
  readonly #delivery: ResolvedDelivery;
  readonly #log: Log;
  readonly #access: StoreAccess;
  readonly #workers: readonly ReceiverWorker[];
  readonly #pollIntervalMs: number;
  readonly #failing = new Set<string>();
  /** When a receiver's open alerts were last looked through, by a monotonic clock. */
  readonly #repeatedAt = new Map<string, number>();
  readonly #scope = new AsyncResource('pg-observability.alerts');
  #timer: NodeJS.Timeout | undefined;
  #nextLookAt = Number.POSITIVE_INFINITY;
  #isStarted = false;
  #isStopped = false;
  #isInTrouble = false;
  #hasEnqueued = false;
  #look: Promise<void> | undefined;

  /** @throws `DRIVER_MISSING` for e-mail without `nodemailer` */
  constructor(store: SqlStore, options: AlertDispatcherOptions) {
    const { delivery, log, takeOverAfterMs = TAKE_OVER_AFTER_MS } = options;
    this.#delivery = delivery;
    this.#log = log;
    this.#access = createStoreAccess(store, options);
    // No more often than lets the idle connections of a handed-in pool be closed.
    const { leastPauseMs } = leaseTimes(store.idleTimeoutMs);
    this.#pollIntervalMs = Math.max(options.pollIntervalMs ?? POLL_INTERVAL_MS, leastPauseMs);
    this.#workers = delivery.receivers.map(
      (receiver) =>
        new ReceiverWorker({
          receiver,
          send: createSender(receiver, log),
          query: (text, values) => this.#access.query(text, values),
          linkTo: delivery.linkTo,
          giveUpAfterMs: delivery.giveUpAfterMs,
          takeOverAfterMs,
          onOutcome: (outcome, name) => this.#tell(outcome, name),
        }),
    );
  }

  /** What is to be stored with a change; for `AlertManager`. Pure but for the look at the outbox that it brings forward. */
  readonly onChange = (change: AlertChange): readonly SqlStatement[] => {
    return this.#enqueue(notificationsFor(change, this.#delivery));
  };

  /**
   * Tells of a change at once and without the database, for the one alert that cannot wait for it: that it is away. A silence is
   * not known then, and a message is one change.
   */
  readonly tellDirectly = (change: AlertChange): DirectTelling => {
    const ended = new AbortController();
    const delivered = new Set<string>();
    const claimed = [
      { idempotencyKey: `${change.alert.fingerprint}/${change.at.getTime()}`, repeats: 0, change },
    ];
    const messageId = randomUUID();
    for (const name of receiversOf(change, this.#delivery)) {
      const worker = this.#workers.find((each) => each.name === name);
      void worker?.tellDirectly(messageId, claimed, ended.signal).then((isDelivered) => {
        if (isDelivered) {
          delivered.add(name);
        }
      });
    }
    return {
      finish: () => {
        ended.abort();
        return (stored) => this.#enqueue(notificationsFor(stored, this.#delivery, delivered));
      },
    };
  };

  /** Begins to look. Safe to call twice; nothing after `stop()`. */
  start(): void {
    if (!this.#isStarted && !this.#isStopped) {
      this.#isStarted = true;
      this.#lookIn(LEAST_PAUSE_MS);
    }
  }

  /**
   * Tells what this process has to tell, also what waits for others of its group, and stops. What is not told within the time is
   * told by the next process. Never rejects; safe to call twice.
   */
  async stop(timeoutMs: number): Promise<void> {
    if (this.#isStopped) {
      return;
    }
    this.#isStopped = true;
    clearTimeout(this.#timer);
    const work = Promise.all(this.#workers.map((worker) => worker.finish(this.#hasEnqueued)));
    if (!(await settlesWithin(work, timeoutMs))) {
      this.#workers.forEach((worker) => worker.abort());
      await settlesWithin(work, ABORT_TIMEOUT_MS);
    }
  }

  stats(): AlertDeliveryStats {
    return {
      receivers: Object.fromEntries(this.#workers.map(({ name, stats }) => [name, { ...stats }])),
    };
  }

  /** One look now: what is due is told, or begun to be told. Never rejects. */
  lookNow(): Promise<void> {
    this.#look ??= this.#lookOnce().finally(() => {
      this.#look = undefined;
    });
    return this.#look;
  }

  #enqueue(statements: readonly SqlStatement[]): readonly SqlStatement[] {
    if (statements.length > 0) {
      this.#hasEnqueued = true;
      this.#lookIn(this.#delivery.groupWaitMs + COMMIT_MARGIN_MS);
    }
    return statements;
  }

  #lookIn(delayMs: number): void {
    if (!this.#isStarted || this.#isStopped) {
      return;
    }
    const at = performance.now() + delayMs;
    if (at >= this.#nextLookAt) {
      return;
    }
    clearTimeout(this.#timer);
    this.#nextLookAt = at;
    // Not in the context of the request that has raised the alert.
    this.#timer = this.#scope.runInAsyncScope(() =>
      setTimeout(() => {
        this.#nextLookAt = Number.POSITIVE_INFINITY;
        void this.lookNow();
      }, delayMs).unref(),
    );
  }

  async #lookOnce(): Promise<void> {
    let pauseMs = this.#pollIntervalMs;
    try {
      await this.#repeat();
      const names = JSON.stringify(this.#workers.map(({ name }) => name));
      const { rows } = await this.#access.query<QueueRow>(selectQueues, [names]);
      for (const worker of this.#workers) {
        const row = rows.find(({ receiver }) => receiver === worker.name);
        worker.stats.queued = row?.queued ?? 0;
        worker.stats.dead = row?.dead ?? 0;
        const dueInMs = row?.next_due_in_ms ?? Number.POSITIVE_INFINITY;
        if (dueInMs <= 0) {
          this.#run(worker);
        }
        pauseMs = Math.min(pauseMs, Math.max(dueInMs, LEAST_PAUSE_MS));
      }
      this.#endTrouble();
    } catch (error) {
      this.#tellOfDatabase(error);
    }
    this.#lookIn(pauseMs);
  }

  #run(worker: ReceiverWorker): void {
    if (!worker.isRunning) {
      worker.run().then(
        () => this.#lookIn(LEAST_PAUSE_MS),
        (error: unknown) => this.#tellOfDatabase(error),
      );
    }
  }

  /** Queues open alerts again whose time has come. */
  async #repeat(): Promise<void> {
    for (const { name, repeatIntervalMs, repeatsAcknowledged } of this.#delivery.receivers) {
      if (repeatIntervalMs === null) {
        continue;
      }
      const now = performance.now();
      const pauseMs = Math.min(60_000, repeatIntervalMs / 4);
      if (now - (this.#repeatedAt.get(name) ?? Number.NEGATIVE_INFINITY) >= pauseMs) {
        const values = [name, repeatIntervalMs, repeatsAcknowledged, MAX_REPEATS];
        await this.#access.query(repeatNotifications, values);
        this.#repeatedAt.set(name, now);
      }
    }
  }

  /** One line when a receiver begins to fail, one when it is told again. */
  #tell(outcome: SendOutcome, name: string): void {
    if (outcome.isDelivered) {
      if (this.#failing.delete(name)) {
        this.#log.info(`The receiver of alerts ${name} takes messages again.`);
      }
    } else if (!this.#failing.has(name) && !this.#isStopped) {
      this.#failing.add(name);
      this.#log.warn(
        `The receiver of alerts ${name} does not take messages, which are tried again: ${outcome.error}.`,
      );
    }
  }

  #endTrouble(): void {
    if (this.#isInTrouble) {
      this.#isInTrouble = false;
      this.#log.info('Alerts can be told again: the outbox can be read.');
    }
  }

  #tellOfDatabase(error: unknown): void {
    if (!this.#isInTrouble && !this.#isStopped) {
      this.#isInTrouble = true;
      const why = error instanceof Error ? error.message : String(error);
      this.#log.warn(`Alerts cannot be told at the moment, because the outbox cannot be read: ${why}`);
    }
  }
}
