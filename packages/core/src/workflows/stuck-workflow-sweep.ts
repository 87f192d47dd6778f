import type { AlertManager } from '../alerts/alert-manager.ts';
import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import { createStoreAccess } from '../storage/store-access.ts';
import type { StoreAccess, StoreAccessOptions } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { readStuck } from './read-stuck.ts';
import { STUCK_ALERT_TYPE, STUCK_FINGERPRINT_PREFIX, stuckFingerprint, stuckToAlert } from './stuck-alert.ts';
import { resolveStuckWorkflowOptions } from './stuck-workflow-options.ts';
import type { ResolvedStuckWorkflowOptions, StuckWorkflowOptions } from './stuck-workflow-options.ts';
import type { StuckWorkflow } from './stuck-workflow.ts';
import { createUsualStaysReader } from './usual-stays.ts';
import type { ReadUsualStays } from './usual-stays.ts';
import { selectOpenFingerprints, selectSettledAlerts } from './workflow-reports.sql.ts';

/** Options of {@link StuckWorkflowSweep}. */
export interface StuckWorkflowSweepOptions
  extends Omit<StuckWorkflowOptions, 'intervalMs'>, StoreAccessOptions {
  /** Where the gauge `workflow.stuck` goes. */
  metrics: Pick<MetricsCollector, 'gauge'>;
  /** Where the alerts are raised and resolved. */
  alerts: Pick<AlertManager, 'raise' | 'resolveByFingerprint'>;
}

/** What one sweep found and did. */
export interface StuckSweepReport {
  /** Stuck workflows, up to 10,000. */
  stuck: number;
  /** Alerts that were raised. */
  raised: number;
  /** Alerts that were resolved, because their workflow has moved on. */
  resolved: number;
  /** True when something is left for the next sweep, or the lease has gone. */
  unfinished: boolean;
}

const MAX_STUCK = 10_000;

// A database that hangs for an hour makes every workflow stuck at once; nobody reads ten thousand alerts of one minute.
const MAX_RAISED = 100;

/**
 * Looks for stuck workflows: counts them in the gauge `workflow.stuck`, by `type` and `phase`, and raises one alert for each,
 * `workflow_stuck`, at most 100 in one sweep. An alert is resolved by the first sweep after its workflow has moved on.
 *
 * The sweep resolves it and not the transition itself: an alert's steps are told to people, and a transition may still be
 * rolled back with the transaction of its caller. So a transition costs nothing more, and the alert is open for a minute
 * longer at most.
 *
 * `createObservability` runs it every minute in the process that does the housekeeping; call `run` yourself where
 * `housekeeping` is `false`, from a cron job, say.
 *
 * @example
 * ```ts
 * const sweep = new StuckWorkflowSweep(store, { metrics, alerts, severity: 'error' });
 * const { stuck, raised } = await sweep.run();
 * ```
 */
export class StuckWorkflowSweep {
  readonly #access: StoreAccess;
  readonly #options: ResolvedStuckWorkflowOptions & Pick<StuckWorkflowSweepOptions, 'metrics' | 'alerts'>;
  readonly #readUsual: ReadUsualStays;
  // Series that were told as more than none, so that they are told as none once.
  #told = new Map<string, { type: string; phase: string }>();

  /**
   * @param store where the workflows are
   * @param options `metrics` and `alerts` on the same store; `severity` of the alerts, default `warning`
   * @throws `INVALID_ARGUMENT` when `store` is none, `INVALID_OPTION`
   */
  constructor(
    store: SqlStore,
    options: StuckWorkflowSweepOptions,
    /** @internal */ readUsual?: ReadUsualStays,
  ) {
    const resolved = resolveStuckWorkflowOptions(options);
    const { metrics, alerts } = options;
    assertHas('metrics', metrics, ['gauge'], 'a MetricsCollector');
    assertHas('alerts', alerts, ['raise', 'resolveByFingerprint'], 'an AlertManager');
    this.#options = { ...resolved, metrics, alerts };
    this.#access = createStoreAccess(store, options);
    this.#readUsual = readUsual ?? createUsualStaysReader();
  }

  /**
   * One sweep. Safe to repeat, and to run at the same time as others: an alert is one while it is open.
   *
   * @param mayGoOn asked before each write; false ends the sweep, for a holder that has lost its lease. Default: always
   * @throws `INVALID_ARGUMENT` when it is no function, and the codes of the store
   */
  async run(mayGoOn: () => boolean = () => true): Promise<StuckSweepReport> {
    if (typeof mayGoOn !== 'function') {
      throw new ObservabilityError(
        'INVALID_ARGUMENT',
        `The argument of run is ${describeValue(mayGoOn)}; expected a function that answers true while the sweep may go on, or nothing.`,
      );
    }
    const stuck = await readStuck(this.#access, { limit: MAX_STUCK }, this.#readUsual);
    if (!mayGoOn()) {
      return { stuck: stuck.length, raised: 0, resolved: 0, unfinished: true };
    }
    this.#count(stuck);
    const resolved = await this.#resolveSettled(mayGoOn);
    const missing = await this.#withoutAlert(stuck);
    let raised = 0;
    for (const workflow of missing.slice(0, MAX_RAISED)) {
      if (!mayGoOn()) {
        break;
      }
      await this.#options.alerts.raise(stuckToAlert(workflow, this.#options.severity));
      raised += 1;
    }
    return { stuck: stuck.length, raised, resolved, unfinished: raised < missing.length || !mayGoOn() };
  }

  #count(stuck: readonly StuckWorkflow[]): void {
    const counts = new Map<string, { type: string; phase: string; count: number }>();
    for (const { workflowType: type, phase } of stuck) {
      const key = JSON.stringify([type, phase]);
      const { count } = counts.get(key) ?? { count: 0 };
      counts.set(key, { type, phase, count: count + 1 });
    }
    const gone = [...this.#told].filter(([key]) => !counts.has(key));
    for (const { type, phase, count } of [
      ...counts.values(),
      ...gone.map(([, each]) => ({ ...each, count: 0 })),
    ]) {
      this.#options.metrics.gauge('workflow.stuck', count, { type, phase }, { unit: '{workflow}' });
    }
    this.#told = new Map(counts);
  }

  async #resolveSettled(mayGoOn: () => boolean): Promise<number> {
    const { rows } = await this.#access.query<{ fingerprint: string }>(selectSettledAlerts, [
      STUCK_ALERT_TYPE,
      STUCK_FINGERPRINT_PREFIX,
    ]);
    let resolved = 0;
    for (const { fingerprint } of rows) {
      if (!mayGoOn()) {
        break;
      }
      const alert = await this.#options.alerts.resolveByFingerprint(
        fingerprint,
        undefined,
        'The workflow has moved on.',
      );
      resolved += alert === null ? 0 : 1;
    }
    return resolved;
  }

  async #withoutAlert(stuck: readonly StuckWorkflow[]): Promise<StuckWorkflow[]> {
    if (stuck.length === 0) {
      return [];
    }
    const { rows } = await this.#access.query<{ fingerprint: string }>(selectOpenFingerprints, [
      JSON.stringify(stuck.map(stuckFingerprint)),
    ]);
    const open = new Set(rows.map(({ fingerprint }) => fingerprint));
    return stuck.filter((workflow) => !open.has(stuckFingerprint(workflow)));
  }
}

function assertHas(name: string, value: unknown, methods: readonly string[], expected: string): void {
  const isThere =
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function');
  if (!isThere) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `${name} is ${describeValue(value)}; expected ${expected} on the same store.`,
    );
  }
}
