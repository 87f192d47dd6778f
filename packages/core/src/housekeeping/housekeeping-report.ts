/** The steps of a round, in their order. */
export const HOUSEKEEPING_STEPS = [
  'partitions_ahead',
  'metric_rollups',
  'spans_retention',
  'metrics_retention',
  'metric_rollups_retention',
  'size_budget',
  'workflows',
  'alerts',
  'alert_notifications',
  'error_groups',
  'health_transitions',
  'ingest_batches',
] as const;

/** One of the steps of a round. */
export type HousekeepingStep = (typeof HOUSEKEEPING_STEPS)[number];

/** What one step did. */
export interface HousekeepingStepReport {
  step: HousekeepingStep;
  /** False when it failed; the other steps ran all the same. */
  ok: boolean;
  /** Why it failed, credentials masked; null when it did not. */
  error: string | null;
  /** Partitions that were made, by name. */
  made: string[];
  /** Partitions that were dropped, by name. */
  dropped: string[];
  /** Partitions that were in use and are left for the next round. */
  postponed: string[];
  /** Rows that were deleted; of workflows, without their transitions. */
  deletedRows: number;
  /** True when something is left for the next round. */
  unfinished: boolean;
  durationMs: number;
}

/** What a round of housekeeping did. */
export interface HousekeepingReport {
  startedAt: Date;
  durationMs: number;
  /** True when every step went well. */
  ok: boolean;
  /** True when something is left for the next round. */
  unfinished: boolean;
  /** True when the round ended early, because another process has taken the lease over. */
  leaseLost: boolean;
  steps: HousekeepingStepReport[];
}
