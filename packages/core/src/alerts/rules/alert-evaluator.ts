import { Lease } from '../../housekeeping/lease.ts';
import { leaseTimes } from '../../housekeeping/lease-times.ts';
import { createLog } from '../../logging/log-once.ts';
import type { Log } from '../../logging/log-once.ts';
import { assertStore, ensureTablesOnce } from '../../storage/store-access.ts';
import type { SqlStore } from '../../storage/sql-store.ts';
import { resolveEvaluatorOptions } from './evaluator-options.ts';
import type { AlertChange, AlertChangeHook } from '../alert-change.ts';
import type { ResolvedAlertOptions } from '../alert-options.ts';
import type { AlertEvaluatorOptions, ResolvedEvaluatorOptions } from './evaluator-options.ts';
import type { AlertEvaluationReport, AlertEvaluatorStats } from './evaluation-report.ts';
import { isOutageRule, OutageAlarm } from './outage-alarm.ts';
import { OwnTelemetryHistory } from './own-telemetry.ts';
import type { RuleReaders } from './read-rule.ts';
import type { ResolvedRule } from './resolved-rule.ts';
import { runEvaluation } from './run-evaluation.ts';

/** After a failed attempt to find the tables. */
const RETRY_MS = 5_000;

// Telemetry is closed in a second or two, also where the database hangs.
const STOP_TIMEOUT_MS = 2_000;

const LONGEST_WINDOW_MS = 86_400_000;

/**
 * Evaluates alert rules, one process of a service at a time: the one that holds the lease `alerts/<service>`. Where rules stand
 * is in the database, so that another one goes on when it dies, within 15.5 s, and raises nothing twice. What a holder writes that
 * has lost its lease is refused.
 *
 * `createObservability` does this by itself for `alerts.rules`. Its timers never keep the process alive.
 *
 * @example
 * ```ts
 * const evaluator = new AlertEvaluator(store, {
 *   serviceName: 'orders',
 *   rules: [{ kind: 'heartbeat', alertType: 'backup_missing', heartbeat: 'nightly-backup', within: '25h' }],
 * });
 * evaluator.start();
 * ```
 */
export class AlertEvaluator {
  readonly #store: SqlStore;
  readonly #options: AlertEvaluatorOptions;
  readonly #resolved: ResolvedEvaluatorOptions;
  readonly #lease: Lease;
  readonly #log: Log;
  readonly #readers: RuleReaders;
  readonly #own: OwnTelemetryHistory | undefined;
  readonly #alarms: readonly OutageAlarm[];
  /** How long each rule took, so that a slow one comes last. */
  readonly #durationsMs = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #counts = { rounds: 0, failedRounds: 0 };
  #tooManyGroups: readonly string[] = [];
  #lastReport: AlertEvaluationReport | null = null;
  #isRunning = false;
  #isStopped = false;
  #isHolder = false;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<AlertEvaluationReport> | undefined;
  #hasTrouble = false;

  /**
   * @param store - where metrics and alerts are
   * @param options - `rules`, `serviceName`, `intervalMs` (default 15,000), `ruleTimeoutMs` (default 5,000)
   * @param path - what the options are called in messages, for whoever passes on those of others. Default: by their own names
   * @throws `INVALID_ARGUMENT` when `store` is not a store, `INVALID_OPTION` with the path of a bad option
   */
  constructor(store: SqlStore, options: AlertEvaluatorOptions, path = '') {
    this.#resolved = resolveEvaluatorOptions(options, path);
    assertStore(store);
    this.#store = store;
    this.#options = options;
    this.#log = createLog(options.logger);
    const { ingestStats, readNewErrors } = options;
    this.#own = ingestStats && new OwnTelemetryHistory(ingestStats, LONGEST_WINDOW_MS);
    const { rules, alerts } = this.#resolved;
    this.#alarms = rules
      .filter(isOutageRule)
      .map((rule) => new OutageAlarm(rule, { store, alerts, tellDirectly: options.tellDirectly }));
    this.#readers = {
      serviceName: alerts.serviceName,
      readNewErrors,
      readOwnTelemetry:
        this.#own && ((overMs) => (this.#own as OwnTelemetryHistory).read(overMs, performance.now())),
      readOutage: (alertType) => {
        const alarm = this.#alarms.find((each) => each.alertType === alertType);
        return alarm?.read() ?? { labels: {}, value: null };
      },
    };
    this.#lease = new Lease(store, {
      // Rules are in the code of a service, which another one does not have.
      name: options.serviceName === undefined ? 'alerts' : `alerts/${options.serviceName}`,
      ...(options.lease ?? leaseTimes(store.idleTimeoutMs)),
      onAcquired: () => {
        this.#isHolder = true;
        this.#nextRound(0);
      },
      onLost: () => {
        this.#isHolder = false;
        clearTimeout(this.#timer);
      },
      onAnswer: () => this.#alarms.forEach((alarm) => alarm.noteAnswer()),
      onError: (error) => this.#alarms.forEach((alarm) => alarm.noteFailure(error, this.#isHolder)),
    });
  }

  /** What has become of the rules so far. */
  stats(): AlertEvaluatorStats {
    return {
      holdsLease: this.#lease.held !== undefined,
      ...this.#counts,
      failures: Object.fromEntries(this.#failures),
      tooManyGroups: this.#tooManyGroups,
      lastReport: this.#lastReport,
    };
  }

  /** Begins to ask for the lease, and to evaluate once it has it. Safe to call twice; nothing after `stop()`. */
  start(): void {
    if (!this.#isRunning && !this.#isStopped && this.#resolved.rules.length > 0) {
      this.#isRunning = true;
      this.#begin();
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
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_TIMEOUT_MS);
    });
    // The lease goes first: a round in progress notices at its next write, and ends.
    await Promise.race([Promise.all([this.#lease.stop(), this.#round]), timeout]);
    clearTimeout(timer);
  }

  /**
   * One look at all rules now, with the lease where it is ours and as if by hand where not, for a cron job, say; joins a round in
   * progress. Never rejects: what went wrong is in the report.
   */
  evaluateOnce(): Promise<AlertEvaluationReport> {
    this.#round ??= this.#evaluate().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #evaluate(): Promise<AlertEvaluationReport> {
    await Promise.all(this.#alarms.map((alarm) => alarm.settled));
    this.#own?.note(performance.now());
    const tooManyGroups: string[] = [];
    const report = await runEvaluation({
      store: this.#store,
      ready: () => ensureTablesOnce(this.#store, this.#options),
      rules: this.#inOrder(),
      readers: this.#readers,
      ruleTimeoutMs: this.#resolved.ruleTimeoutMs,
      alerts: this.#alertOptions(),
      grant: this.#lease.held,
      onTooManyGroups: (alertType) => tooManyGroups.push(alertType),
    });
    this.#tooManyGroups = tooManyGroups;
    this.#note(report);
    return report;
  }

  #alertOptions(): ResolvedAlertOptions {
    const { alerts } = this.#resolved;
    if (this.#alarms.length === 0) {
      return alerts;
    }
    const hookOf = (change: AlertChange): AlertChangeHook | undefined =>
      this.#alarms.find((alarm) => alarm.isAbout(change))?.onChange ?? alerts.onChange;
    return { ...alerts, onChange: (change) => hookOf(change)?.(change) ?? [] };
  }

  /** The quick ones first, so that a slow one holds up as few as can be. */
  #inOrder(): ResolvedRule[] {
    const durationOf = ({ alertType }: ResolvedRule): number => this.#durationsMs.get(alertType) ?? 0;
    return this.#resolved.rules.toSorted((one, other) => durationOf(one) - durationOf(other));
  }

  #begin(): void {
    ensureTablesOnce(this.#store, this.#options).then(
      () => this.#isRunning && this.#lease.start(),
      // The queues tell of a database that is away.
      () => {
        if (this.#isRunning) {
          this.#timer = setTimeout(() => this.#begin(), RETRY_MS).unref();
        }
      },
    );
  }

  #nextRound(delayMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#isRunning || !this.#isHolder) {
      return;
    }
    this.#timer = setTimeout(() => {
      const begin = performance.now();
      // A lease that could not be renewed in time is not held for now, and may yet be; nothing is done as if by hand meanwhile.
      const round: Promise<unknown> =
        this.#lease.held === undefined ? Promise.resolve() : this.evaluateOnce();
      void round.then(() => {
        this.#nextRound(Math.max(0, this.#resolved.intervalMs - (performance.now() - begin)));
      });
    }, delayMs).unref();
  }

  #note(report: AlertEvaluationReport): void {
    this.#counts.rounds += 1;
    this.#counts.failedRounds += report.error === null ? 0 : 1;
    this.#lastReport = report;
    const failed = report.rules.filter(({ ok }) => !ok);
    for (const { alertType, durationMs } of report.rules) {
      this.#durationsMs.set(alertType, durationMs);
    }
    for (const { alertType } of failed) {
      this.#failures.set(alertType, (this.#failures.get(alertType) ?? 0) + 1);
    }
    for (const alertType of this.#tooManyGroups) {
      this.#log.warnOnce(
        `alert-groups ${alertType}`,
        `The alert rule ${alertType} has more than 1000 groups; the others are not looked at. Group by fewer labels.`,
      );
    }
    this.#tell(report);
  }

  /** One line when trouble starts, one when it ends. */
  #tell({ ok, error, rules, leaseLost }: AlertEvaluationReport): void {
    if (!ok && !this.#hasTrouble) {
      this.#hasTrouble = true;
      const what = rules.flatMap((rule) => (rule.ok ? [] : [`${rule.alertType}: ${rule.error}`]));
      this.#log.warn(
        `Alert rules could not be evaluated, and are tried again. ${error ?? what.join(' ').slice(0, 2_000)}`,
      );
    } else if (ok && this.#hasTrouble && !leaseLost) {
      this.#hasTrouble = false;
      this.#log.info('Alert rules are evaluated again.');
    }
  }
}
