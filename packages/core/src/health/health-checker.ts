import { createLog } from '../logging/log-once.ts';
import type { Log } from '../logging/log-once.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { assertStore } from '../storage/store-access.ts';
import { untraced } from '../tracing/untraced.ts';
import type { HealthCheckFunction } from './health-check.ts';
import { resolveHealthOptions } from './health-options.ts';
import type { HealthCheckerOptions, ResolvedHealthOptions } from './health-options.ts';
import type { HealthCheckDetail, HealthStatus } from './health-status.ts';
import { SingleFlightCheck } from './single-flight-check.ts';
import { summariseHealth } from './summarise-health.ts';

export type { HealthChange, HealthCheckerOptions } from './health-options.ts';

/**
 * Answers the three questions an orchestrator asks: is the process alive, can it take requests, has it started.
 *
 * No method rejects, and each answers in time, whatever the dependencies do: a check that throws or hangs makes that check
 * down and nothing else, and is not started again while it hangs.
 *
 * @example
 * ```ts
 * const health = new HealthChecker(store, {
 *   checks: {
 *     payments: async ({ signal }) => fetch('http://payments.internal/livez', { signal }),
 *     search: { check: () => search.ping(), critical: false },
 *   },
 *   startupCheck: hasRows('dim_timeframe'),
 * });
 * const { healthy, status, details } = await health.readiness();
 * ```
 */
export class HealthChecker {
  readonly #options: ResolvedHealthOptions;
  readonly #log: Log;
  readonly #checks: ReadonlyMap<string, SingleFlightCheck>;
  readonly #startupCheck: SingleFlightCheck;
  #startedAt: Date | undefined;
  #isDraining = false;
  #lastReadiness: HealthStatus | undefined;

  /**
   * @param store the database that readiness looks at (`select 1`; no schema is installed); undefined for a service
   * without one
   * @throws `INVALID_ARGUMENT` when `store` is neither; `INVALID_OPTION`
   */
  constructor(
    store: SqlStore | undefined,
    options: HealthCheckerOptions = {},
    /** @internal */ telemetryCheck?: HealthCheckFunction,
  ) {
    if (store !== undefined) {
      assertStore(store);
    }
    this.#options = resolveHealthOptions(options, {
      database: store === undefined ? undefined : pingDatabase,
      telemetry: telemetryCheck,
    });
    this.#log = createLog(this.#options.logger);
    this.#checks = new Map(
      Array.from(this.#options.checks, ([name, settings]) => [name, new SingleFlightCheck(settings, store)]),
    );
    this.#startupCheck = new SingleFlightCheck(this.#options.startupCheck, store);
  }

  /** True once `startup()` has passed; it stays so. */
  get startupComplete(): boolean {
    return this.#startedAt !== undefined;
  }

  /**
   * Whether the process answers. It looks at no dependency: a restart would not bring back a database that is away, and
   * every instance would be restarted at once.
   */
  async liveness(): Promise<HealthStatus> {
    return { healthy: true, status: 'up', message: 'alive', checkedAt: new Date() };
  }

  /**
   * Whether the service can take requests: the database, the memory client and the named checks, all at once, each within
   * its time; of an instance also `telemetry`, which is degraded when telemetry does not reach the database. Down at once while draining. A change is logged in one line.
   */
  async readiness(): Promise<HealthStatus> {
    const status = this.#isDraining ? drainingStatus() : await this.#runChecks();
    this.#noteChange(status);
    return status;
  }

  /** Whether the service has started: runs the startup check until it has passed once, and never again. */
  async startup(): Promise<HealthStatus> {
    if (this.#startedAt === undefined) {
      const detail = await this.#startupCheck.run();
      if (detail.status === 'down') {
        return {
          ...summariseHealth({ startup: detail }),
          checkedAt: new Date(),
          details: { startup: detail },
        };
      }
      this.#startedAt ??= new Date();
    }
    return { healthy: true, status: 'up', message: 'started', checkedAt: this.#startedAt };
  }

  /**
   * While true, readiness is down, so that load balancers send nothing new; liveness stays up. For the time of a shutdown.
   */
  setDraining(draining: boolean): void {
    this.#isDraining = draining;
  }

  async #runChecks(): Promise<HealthStatus> {
    const entries = await Promise.all(
      Array.from(this.#checks, async ([name, check]): Promise<[string, HealthCheckDetail]> => [
        name,
        await check.run(),
      ]),
    );
    // Draining may have begun while the checks ran.
    if (this.#isDraining) {
      return drainingStatus();
    }
    const details = Object.fromEntries(entries);
    return { ...summariseHealth(details), checkedAt: new Date(), details };
  }

  // A probe comes every few seconds; a line each would flood the log for as long as something is down.
  #noteChange(status: HealthStatus): void {
    const last = this.#lastReadiness;
    this.#lastReadiness = status;
    if (status.healthy !== (last?.healthy ?? true)) {
      if (status.healthy) {
        this.#log.info(`Ready again${status.status === 'up' ? '' : ` (${status.message})`}.`);
      } else {
        this.#log.warn(`Not ready: ${describeDown(status)}.`);
      }
    }
    if (status.status !== last?.status) {
      this.#tellListener({ from: last?.status, to: status.status, status });
    }
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

function describeDown({ message, details = {} }: HealthStatus): string {
  const reasons = Object.entries(details).flatMap(([name, detail]) =>
    detail.status === 'down' ? [`${name} ${detail.message ?? 'is down'}`] : [],
  );
  return reasons.length > 0 ? reasons.join('; ') : message;
}
