import type { SqlStore } from '../storage/sql-store.ts';
import type { HealthCheckFunction } from './health-check.ts';
import type { ResolvedHealthOptions } from './health-options.ts';
import type { HealthCheckDetail } from './health-status.ts';
import { WatchedCheck } from './watched-check.ts';
import type { WatchedCheckSettings } from './watched-check.ts';

/** The checks of a HealthChecker, and which of them each group looks at. */
export class CheckSet {
  readonly #options: ResolvedHealthOptions;
  readonly #checks: ReadonlyMap<string, WatchedCheck>;
  readonly #startupChecks: ReadonlyMap<string, WatchedCheck>;

  /**
   * @param database the built-in check of the database, which is what a start waits for unless the application says otherwise
   * @param onAnswer told of each new answer of a named check
   */
  constructor(
    options: ResolvedHealthOptions,
    store: SqlStore | undefined,
    database: HealthCheckFunction | undefined,
    onAnswer: (name: string, detail: HealthCheckDetail) => void,
  ) {
    this.#options = options;
    this.#checks = new Map(
      Array.from(options.checks, ([name, settings]) => [
        name,
        watch(settings, store, (detail) => onAnswer(name, detail)),
      ]),
    );
    this.#startupChecks = this.#watchStartup(store, database);
  }

  /** True where the application has said what a start waits for. */
  get waitsForStart(): boolean {
    return this.#options.startupCheck !== undefined || this.#options.groups.get('startup')?.length !== 0;
  }

  /** What the checks of a group say, all at once. Never rejects. */
  look(group: string): Promise<Record<string, HealthCheckDetail>> {
    return lookAt(this.#named(group), group === 'live');
  }

  /** What a start waits for. Never rejects. */
  lookAtStart(): Promise<Record<string, HealthCheckDetail>> {
    return lookAt(this.#startupChecks, false);
  }

  start(): void {
    this.#checks.forEach((check) => check.start());
  }

  stop(): void {
    this.#checks.forEach((check) => check.stop());
  }

  #named(group: string): ReadonlyMap<string, WatchedCheck> {
    const names = this.#options.groups.get(group) ?? [];
    return new Map(
      names.flatMap((name) => {
        const check = this.#checks.get(name);
        return check === undefined ? [] : [[name, check] as const];
      }),
    );
  }

  #watchStartup(
    store: SqlStore | undefined,
    database: HealthCheckFunction | undefined,
  ): ReadonlyMap<string, WatchedCheck> {
    const { startupCheck, checks, timeoutMs } = this.#options;
    const usual = { timeoutMs, critical: true, cacheMs: 0, background: false };
    if (this.waitsForStart) {
      const own = startupCheck && watch({ ...usual, check: startupCheck }, store);
      return new Map([...(own === undefined ? [] : [['startup', own] as const]), ...this.#named('startup')]);
    }
    // The same one as that of readiness, so that two probes at once ask the database once.
    const isBuiltIn = database !== undefined && checks.get('database')?.check === database;
    const shared = isBuiltIn ? this.#checks.get('database') : undefined;
    return new Map([['startup', shared ?? watch({ ...usual, check: database ?? (() => true) }, store)]]);
  }
}

function watch(
  settings: WatchedCheckSettings,
  store: SqlStore | undefined,
  onAnswer: (detail: HealthCheckDetail) => void = () => undefined,
): WatchedCheck {
  return new WatchedCheck(settings, { store, now: () => performance.now(), onAnswer });
}

async function lookAt(
  checks: ReadonlyMap<string, WatchedCheck>,
  isPendingUp: boolean,
): Promise<Record<string, HealthCheckDetail>> {
  const entries = await Promise.all(
    Array.from(checks, async ([name, check]) => [name, await check.look(isPendingUp)] as const),
  );
  return Object.fromEntries(entries);
}
