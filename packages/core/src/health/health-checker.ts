import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { createLog } from '../logging/log-once.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { assertStore } from '../storage/store-access.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';
import { untraced } from '../tracing/untraced.ts';
import { CheckSet } from './check-set.ts';
import type { HealthCheckFunction } from './health-check.ts';
import { resolveHealthOptions } from './health-options.ts';
import type { HealthCheckerOptions, ResolvedHealthOptions } from './health-options.ts';
import { PROBE_GROUPS } from './health-groups.ts';
import type { HealthCheckDetail, HealthStatus } from './health-status.ts';
import { HealthHistory } from './history/health-history.ts';
import { HealthJournal } from './history/health-journal.ts';
import type { CheckStats } from './history/health-journal.ts';
import type { HealthHistoryStats } from './history/health-recorder.ts';
import type { HealthHistoryQuery, HealthUptimeQuery } from './history/history-query.ts';
import type { HealthHistoryEntry, HealthUptime } from './history/history-row.ts';
import type { LifecycleState } from './history/recorded-state.ts';
import { ReadinessLog } from './readiness-log.ts';
import { describeReadiness } from './readiness-state.ts';
import type { OnItsWay } from './readiness-state.ts';
import { summariseHealth } from './summarise-health.ts';

export type { HealthChange, HealthCheckerOptions } from './health-options.ts';

/** What `stats()` tells of health. */
export interface HealthStats {
  /** `starting` until the startup check has passed, which probes ask for; then `ready`; `draining` once it shuts down. */
  lifecycle: LifecycleState;
  /** What was last seen of each check, and of the readiness under `ready`. */
  checks: Record<string, CheckStats>;
  /** What became of changes on the way to the database; null where they are not stored. */
  history: HealthHistoryStats | null;
}

/** What an instance hands over. */
export interface HealthCheckerParts {
  telemetryCheck?: HealthCheckFunction | undefined;
  /** How the history reaches its tables. */
  access?: StoreAccessOptions | undefined;
  /** True when there is no store to write to. */
  isOff?: (() => boolean) | undefined;
  /** Epoch milliseconds. */
  now?: (() => number) | undefined;
}

/**
 * Answers the three questions an orchestrator asks: is the process alive, can it take requests, has it started; and further ones
 * by groups of checks.
 *
 * No probe rejects, and each answers in time, whatever the dependencies do: a check that throws or hangs makes that check
 * down and nothing else, and is not started again while it hangs.
 *
 * @example
 * ```ts
 * const health = new HealthChecker(store, {
 *   checks: {
 *     payments: async ({ signal }) => fetch('http://payments.internal/livez', { signal }),
 *     search: { check: () => search.ping(), critical: false },
 *     ledger: { check: () => compareLedgers(), background: true, cacheMs: 60_000, timeoutMs: 30_000 },
 *   },
 *   groups: { ready: { exclude: ['ledger'] }, deep: ['ledger', 'database'] },
 *   startupCheck: hasRows('dim_timeframe'),
 * });
 * const { healthy, status, details } = await health.readiness();
 * ```
 */
export class HealthChecker {
  readonly #options: ResolvedHealthOptions;
  readonly #checks: CheckSet;
  readonly #journal: HealthJournal;
  readonly #history: HealthHistory;
  readonly #log: ReadinessLog;
  readonly #now: () => number;
  #startedAt: Date | undefined;
  #isDraining = false;
  #lastReadiness: HealthStatus | undefined;

  /**
   * @param store the database that readiness looks at (`select 1`; no schema is installed but for `history`); undefined for a
   * service without one
   * @throws `INVALID_ARGUMENT` when `store` is neither; `INVALID_OPTION`
   */
  constructor(
    store: SqlStore | undefined,
    options: HealthCheckerOptions = {},
    /** @internal */ parts: HealthCheckerParts = {},
  ) {
    if (store !== undefined) {
      assertStore(store);
    }
    const database = store === undefined ? undefined : pingDatabase;
    this.#options = resolveHealthOptions(options, { database, telemetry: parts.telemetryCheck });
    this.#now = parts.now ?? Date.now;
    const log = createLog(this.#options.logger);
    this.#log = new ReadinessLog(log, this.#options.rules.flapping);
    const { serviceName, isRecording, maxQueued } = this.#options;
    this.#history = new HealthHistory({
      store,
      serviceName,
      isRecording,
      maxQueued,
      access: parts.access ?? { logger: this.#options.logger },
      log,
      now: this.#now,
      isOff: parts.isOff ?? (() => false),
    });
    this.#journal = new HealthJournal(this.#options.rules, this.#history.sink);
    this.#checks = new CheckSet(this.#options, store, database, (name, { status, message }) =>
      this.#journal.note(name, status, message, this.#now()),
    );
  }

  /** True once `startup()` has passed; it stays so. */
  get startupComplete(): boolean {
    return this.#startedAt !== undefined;
  }

  /** Where the service is in its life; see {@link HealthStats}. */
  get lifecycle(): LifecycleState {
    if (this.#isDraining) {
      return 'draining';
    }
    return this.startupComplete ? 'ready' : 'starting';
  }

  /** Names of the groups beside `live`, `ready` and `startup`. */
  get groupNames(): readonly string[] {
    const probes: readonly string[] = PROBE_GROUPS;
    return [...this.#options.groups.keys()].filter((name) => !probes.includes(name));
  }

  /**
   * Whether the process answers. It looks at no dependency, unless the group `live` names one: a restart would not bring back a
   * database that is away, and every instance would be restarted at once.
   */
  async liveness(): Promise<HealthStatus> {
    if (this.#options.groups.get('live')?.length === 0) {
      return { healthy: true, status: 'up', message: 'alive', checkedAt: new Date() };
    }
    const details = await this.#look('live');
    return { ...summariseHealth(details, 'alive'), checkedAt: new Date(), details };
  }

  /**
   * Whether the service can take requests: the database, the memory client and the named checks, all at once, each within
   * its time; of an instance also `telemetry`, which is degraded when telemetry does not reach the database. Down at once while
   * draining, and until a startup check of yours has passed. A change is logged in one line.
   */
  async readiness(): Promise<HealthStatus> {
    const status = this.#isDraining ? drainingStatus() : await this.#checkReadiness();
    const { state, reason } = describeReadiness(status, this.#onItsWay);
    this.#log.note(status, this.#journal.note('ready', state, reason, this.#now()));
    const last = this.#lastReadiness;
    this.#lastReadiness = status;
    if (status.status !== last?.status) {
      this.#tellListener({ from: last?.status, to: status.status, status });
    }
    return status;
  }

  /** Whether the service has started: runs the startup check until it has passed once, and never again. */
  async startup(): Promise<HealthStatus> {
    if (this.#startedAt === undefined) {
      const details = await this.#checks.lookAtStart();
      const summary = summariseHealth(details);
      if (!summary.healthy) {
        return { ...summary, checkedAt: new Date(), details };
      }
      this.#startedAt ??= new Date();
    }
    return { healthy: true, status: 'up', message: 'started', checkedAt: this.#startedAt };
  }

  /**
   * What the checks of a group say. A group of your own looks at its checks only, whether the service starts or drains.
   * @param name a name of the option `groups`; `live`, `ready` and `startup` are the three probes
   * @throws `INVALID_ARGUMENT` for a name there is none of; nothing else
   * @example `const { status, details } = await health.group('deep');`
   */
  async group(name: string): Promise<HealthStatus> {
    switch (name) {
      case 'live':
        return this.liveness();
      case 'ready':
        return this.readiness();
      case 'startup':
        return this.startup();
    }
    if (!this.#options.groups.has(name)) {
      const known = [...this.#options.groups.keys()].join(', ');
      throw new ObservabilityError(
        'INVALID_ARGUMENT',
        `The name of a group is ${describeValue(name)}; expected one of ${known}. Add it to the option groups.`,
      );
    }
    const details = await this.#look(name);
    return { ...summariseHealth(details, 'up'), checkedAt: new Date(), details };
  }

  /**
   * While true, readiness is down, so that load balancers send nothing new; liveness stays up. For the time of a shutdown.
   */
  setDraining(draining: boolean): void {
    const begins = draining && !this.#isDraining;
    this.#isDraining = draining;
    if (begins && this.#lastReadiness !== undefined) {
      this.#journal.note('ready', 'draining', undefined, this.#now());
    }
  }

  /**
   * Changes of health of this service, of all its processes, the newest first. What was seen just now may not be stored yet:
   * `flush()`.
   * @param query `check` (`ready` is the readiness), `since`, `limit` (default 100)
   * @throws `INVALID_ARGUMENT`, `STORE_REQUIRED` without a store, and the codes of the store
   * @example `const [last] = await health.history({ check: 'database', limit: 1 });`
   */
  async history(query: HealthHistoryQuery = {}): Promise<HealthHistoryEntry[]> {
    return this.#history.list(query);
  }

  /**
   * How much of the time a check was up, by UTC day, the oldest first. What nobody looked at is unknown, and neither up nor down;
   * so are the times in which the service starts or drains.
   * @param query `check` (default: each), `days` (today included, default 30)
   * @throws `INVALID_ARGUMENT`, `STORE_REQUIRED` without a store, and the codes of the store
   * @example `const [today] = (await health.uptime({ check: 'ready', days: 1 }));`
   */
  async uptime(query: HealthUptimeQuery = {}): Promise<HealthUptime[]> {
    return this.#history.uptime(query);
  }

  /** What was seen last, and what became of changes on the way to the database. */
  stats(): HealthStats {
    return { lifecycle: this.lifecycle, checks: this.#journal.stats(), history: this.#history.stats() };
  }

  /** Starts the checks that run in the background, which else the first probe does. An instance does it by itself. */
  start(): void {
    this.#checks.start();
  }

  /**
   * Resolves when the changes seen before are stored.
   * @throws `STORE_UNAVAILABLE` after `timeoutMs` (default 10,000)
   */
  async flush(timeoutMs = 10_000): Promise<void> {
    await this.#history.flush(timeoutMs);
  }

  /**
   * Ends what runs in the background, and stores the changes seen before, for at most `timeoutMs` (default 5,000). Probes still
   * answer. Never rejects; an instance does it by itself.
   */
  async shutdown(timeoutMs = 5_000): Promise<void> {
    this.#checks.stop();
    await this.#history.shutdown(timeoutMs);
  }

  async #checkReadiness(): Promise<HealthStatus> {
    const [startup, looked] = await Promise.all([this.startup(), this.#look('ready')]);
    // Draining may have begun while the checks ran.
    if (this.#isDraining) {
      return drainingStatus();
    }
    // Where nobody has said what to wait for, the checks of readiness say enough.
    const isWaiting = !startup.healthy && this.#checks.waitsForStart;
    const details = isWaiting ? { ...looked, ...startup.details } : looked;
    return { ...summariseHealth(details), checkedAt: new Date(), details };
  }

  get #onItsWay(): OnItsWay {
    if (this.#isDraining) {
      return 'draining';
    }
    // Where nobody has said what to wait for, a database that has never answered is down.
    return !this.startupComplete && this.#checks.waitsForStart ? 'starting' : undefined;
  }

  async #look(group: string): Promise<Record<string, HealthCheckDetail>> {
    return this.#journal.mark(await this.#checks.look(group));
  }

  #tellListener(change: Parameters<NonNullable<ResolvedHealthOptions['onStatusChange']>>[0]): void {
    try {
      const answer: unknown = this.#options.onStatusChange?.(change);
      // An async function is accepted for a listener; its rejection must not end the process.
      if (answer instanceof Promise) {
        answer.catch(() => undefined);
      }
    } catch {
      // The listener is the application's; a probe must not fail for it.
    }
  }
}

const pingDatabase: HealthCheckFunction = async ({ store }) => {
  await untraced(() => store?.query('select 1'));
};

function drainingStatus(): HealthStatus {
  return { healthy: false, status: 'down', message: 'draining', checkedAt: new Date() };
}
