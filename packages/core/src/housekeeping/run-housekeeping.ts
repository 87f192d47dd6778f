import { ObservabilityError } from '../errors/observability-error.ts';
import { assertStore, ensureTablesOnce } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { toStoreError } from '../storage/store-errors.ts';
import { untraced } from '../tracing/untraced.ts';
import { HOUSEKEEPING_STEPS } from './housekeeping-report.ts';
import type { HousekeepingReport, HousekeepingStep, HousekeepingStepReport } from './housekeeping-report.ts';
import { STEPS } from './housekeeping-steps.ts';
import type { StepContext, StepResult } from './housekeeping-steps.ts';
import { readPartitions, readStorage } from './read-storage.ts';
import { resolveRetention } from './retention.ts';
import type { RetentionOptions } from './retention.ts';
import { forecastStorage } from './storage-forecast.ts';
import type { StorageForecast } from './storage-forecast.ts';

/** Options of {@link runHousekeeping} and {@link storageForecast}. */
export interface RunHousekeepingOptions {
  /** How long telemetry is kept, and how large it may grow. */
  retention?: RetentionOptions | undefined;
}

/**
 * Runs one round of housekeeping now, whoever holds the lease: makes partitions ahead (7 days of spans, 2 months of metrics),
 * drops partitions past retention and over the budget, and deletes old workflows, alerts, changes of health and batch IDs.
 *
 * Partitions are dropped without making writers and readers wait; what is in use is left for the next round. Each step stands
 * alone: the failure of one is in its report and stops no other. Safe to repeat, and to run at the same time as others.
 *
 * `createObservability` does this by itself; call it where `housekeeping` is `false`, from a cron job, say.
 *
 * @param store a store whose role owns the schema
 * @param options `retention`: spans 14 days, metrics 31, alerts and workflows 365, no limit of bytes
 * @throws `INVALID_ARGUMENT` when it is no store, `INVALID_OPTION` for a retention that cannot be, `SCHEMA_MISSING`,
 * `SCHEMA_INCOMPATIBLE`, `STORE_UNAVAILABLE` when the database is away
 * @example
 * ```ts
 * const report = await runHousekeeping(store, { retention: { spansDays: 7, maxBytes: 5_000_000_000 } });
 * if (!report.ok) console.error(report.steps.filter((step) => !step.ok));
 * ```
 */
export async function runHousekeeping(
  store: SqlStore,
  options: RunHousekeepingOptions = {},
): Promise<HousekeepingReport> {
  const retention = await prepare(store, options);
  return runRound({ store, retention, grant: undefined });
}

/**
 * Tells how large the telemetry is, how it grows, and in how many days `retention.maxBytes` is reached.
 *
 * @param options the retention that is in force; without `maxBytes` there are no days to tell
 * @throws as {@link runHousekeeping}
 * @example
 * ```ts
 * const { bytes, bytesPerDay, daysLeft } = await storageForecast(store, { retention: { maxBytes: 5_000_000_000 } });
 * ```
 */
export async function storageForecast(
  store: SqlStore,
  options: RunHousekeepingOptions = {},
): Promise<StorageForecast> {
  const retention = await prepare(store, options);
  try {
    return await untraced(async () => {
      const storage = await readStorage(store);
      return forecastStorage({ ...storage, partitions: await readPartitions(store) }, retention);
    });
  } catch (error) {
    throw toStoreError(error);
  }
}

async function prepare(
  store: SqlStore,
  options: RunHousekeepingOptions,
): Promise<ReturnType<typeof resolveRetention>> {
  assertStore(store);
  if (typeof options !== 'object' || options === null) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `The options are ${String(options).slice(0, 40)}; expected an object such as { retention: { spansDays: 14 } }.`,
    );
  }
  const retention = resolveRetention(options.retention);
  await ensureTablesOnce(store, {});
  return retention;
}

/** One round, each step by itself. Never rejects. */
export async function runRound(context: StepContext): Promise<HousekeepingReport> {
  const startedAt = new Date();
  const begin = performance.now();
  const steps: HousekeepingStepReport[] = [];
  let leaseLost = false;
  for (const step of HOUSEKEEPING_STEPS) {
    const [report, result] = await runStep(step, context);
    steps.push(report);
    leaseLost = result.leaseLost === true;
    if (leaseLost) {
      break;
    }
  }
  return {
    startedAt,
    durationMs: performance.now() - begin,
    ok: steps.every(({ ok }) => ok),
    unfinished: steps.some(({ unfinished }) => unfinished),
    leaseLost,
    steps,
  };
}

async function runStep(
  step: HousekeepingStep,
  context: StepContext,
): Promise<[HousekeepingStepReport, StepResult]> {
  const begin = performance.now();
  const result = await untraced(() => STEPS[step](context)).catch((error: unknown): StepResult => ({
    error: toStoreError(error).message,
  }));
  const error = result.error ?? null;
  return [
    {
      step,
      ok: error === null,
      error,
      made: result.made ?? [],
      dropped: result.dropped ?? [],
      postponed: result.postponed ?? [],
      deletedRows: result.deletedRows ?? 0,
      unfinished: result.unfinished ?? false,
      durationMs: performance.now() - begin,
    },
    result,
  ];
}
