import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { SqlStore } from '../storage/sql-store.ts';
import { withTimeout } from '../storage/store-errors.ts';
import { untraced } from '../tracing/untraced.ts';
import type { LeaseGrant } from './lease-grant.ts';
import { acquireLease, readLease, releaseLease, renewLease } from './leases.sql.ts';

/** Milliseconds a lease runs without being renewed. */
export const LEASE_DURATION_MS = 15_000;

/** Milliseconds between renewals: two may fail before the lease runs out. */
export const LEASE_RENEW_INTERVAL_MS = 5_000;

/** Options of {@link Lease}. */
export interface LeaseOptions {
  /** What the lease is for, for example `housekeeping`. One process holds a name at a time. */
  name: string;
  /** Who asks. Default: host, process ID and something random. */
  holder?: string | undefined;
  /**
   * Milliseconds it runs without being renewed. Default 15,000. Others look when it would run out, so a holder that died is
   * followed after 15.5 s at the latest; 10 s would win 5 s, and lose the lease to each pause of 7 s.
   */
  durationMs?: number | undefined;
  /** Milliseconds between renewals. Default 5,000. */
  renewIntervalMs?: number | undefined;
  /** Milliseconds between two looks at a lease that somebody else holds, at least. Default 0: it is looked at when it ends. */
  leastPauseMs?: number | undefined;
  /** Told when the lease has become ours. */
  onAcquired?: ((grant: LeaseGrant) => void) | undefined;
  /** Told when it no longer is. */
  onLost?: (() => void) | undefined;
  /** Told of each call that was answered, before anything else is. */
  onAnswer?: (() => void) | undefined;
  /** Told of each failed call. */
  onError?: ((error: unknown) => void) | undefined;
}

const QUERY_TIMEOUT_MS = 4_000;

// Many processes wait for the same moment.
const MAX_JITTER_MS = 500;

/**
 * A row of `observability.leases` that one process holds at a time, by the clock of the database. It is renewed while
 * started, and others look when it would run out, so that a holder that died is followed within seconds. An advisory lock
 * would stay behind on PgBouncer's connections and on half-open ones.
 *
 * Its timers never keep the process alive. What is written under a lease is checked with `withFence` or `fenceCondition`.
 *
 * @example
 * ```ts
 * const lease = new Lease(store, { name: 'alert-rules' });
 * lease.start();
 * const grant = lease.held;
 * if (grant !== undefined) await withFence(store, grant, (sql) => evaluate(sql));
 * await lease.stop();
 * ```
 */
export class Lease {
  readonly #store: SqlStore;
  readonly #options: LeaseOptions;
  readonly #holder: string;
  readonly #durationMs: number;
  readonly #renewIntervalMs: number;
  #grant: LeaseGrant | undefined;
  #validUntil = 0;
  #running = false;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(store: SqlStore, options: LeaseOptions) {
    this.#store = store;
    this.#options = options;
    this.#holder = options.holder ?? `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
    this.#durationMs = options.durationMs ?? LEASE_DURATION_MS;
    this.#renewIntervalMs = options.renewIntervalMs ?? LEASE_RENEW_INTERVAL_MS;
  }

  /**
   * The grant while the lease is ours, else undefined. By a monotonic clock from before the last renewal was asked for, so it
   * is given up here before it is given away there; a process that was paused does not go on as if nothing had happened.
   */
  get held(): LeaseGrant | undefined {
    return performance.now() < this.#validUntil ? this.#grant : undefined;
  }

  /** Begins to ask for the lease, and to renew it once it is ours. Safe to call twice. */
  start(): void {
    if (!this.#running) {
      this.#running = true;
      this.#schedule(0);
    }
  }

  /** Stops asking and gives the lease back, so that the next holder need not wait. Never rejects; safe to call twice. */
  async stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    await this.#turn;
    const grant = this.#grant;
    this.#lose();
    if (grant !== undefined) {
      await this.#query(releaseLease, [grant.name, grant.holder, grant.fence]).catch(() => undefined);
    }
  }

  #schedule(delayMs: number): void {
    if (this.#running) {
      this.#timer = setTimeout(() => {
        this.#turn = this.#step().then((nextMs) => this.#schedule(nextMs));
      }, delayMs).unref();
    }
  }

  /** Answers the milliseconds until the next step. */
  async #step(): Promise<number> {
    try {
      return this.#grant === undefined ? await this.#tryToAcquire() : await this.#renew(this.#grant);
    } catch (error) {
      this.#options.onError?.(error);
      if (this.held === undefined) {
        this.#lose();
      }
      return this.#grant === undefined ? this.#renewIntervalMs : Math.min(1_000, this.#renewIntervalMs);
    }
  }

  async #tryToAcquire(): Promise<number> {
    const { name } = this.#options;
    const { rows } = await this.#query<{ remaining_ms: number }>(readLease, [name]);
    const remainingMs = rows[0]?.remaining_ms ?? 0;
    if (remainingMs > 0) {
      return Math.max(remainingMs, this.#options.leastPauseMs ?? 0) + Math.random() * MAX_JITTER_MS;
    }
    const askedAt = performance.now();
    const taken = await this.#query<{ fence: string }>(acquireLease, [name, this.#holder, this.#durationMs]);
    const fence = taken.rows[0]?.fence;
    if (fence === undefined) {
      return this.#renewIntervalMs;
    }
    this.#grant = { name, holder: this.#holder, fence };
    this.#validUntil = askedAt + this.#durationMs;
    if (this.#running) {
      this.#options.onAcquired?.(this.#grant);
    }
    return this.#renewIntervalMs;
  }

  async #renew(grant: LeaseGrant): Promise<number> {
    const askedAt = performance.now();
    const values = [grant.name, grant.holder, grant.fence, this.#durationMs];
    const { rowCount } = await this.#query(renewLease, values);
    if (rowCount === 0) {
      this.#lose();
      return 0;
    }
    this.#validUntil = askedAt + this.#durationMs;
    return this.#renewIntervalMs;
  }

  #lose(): void {
    if (this.#grant !== undefined) {
      this.#grant = undefined;
      this.#validUntil = 0;
      this.#options.onLost?.();
    }
  }

  async #query<Row extends Record<string, unknown>>(
    text: string,
    values: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number }> {
    const answer = await withTimeout(
      untraced(() => this.#store.query<Row>(text, values)),
      QUERY_TIMEOUT_MS,
    );
    this.#options.onAnswer?.();
    return answer;
  }
}
