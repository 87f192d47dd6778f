/** The periods that metrics are summed up by, finest first. */
export const ROLLUP_PERIODS = ['minute', 'hour', 'day'] as const;

/** One of them. */
export type RollupPeriod = (typeof ROLLUP_PERIODS)[number];

/** Where sums of a period are stored. */
export const ROLLUP_TABLES: Readonly<Record<RollupPeriod, string>> = {
  minute: 'observability.metric_minutes',
  hour: 'observability.metric_hours',
  day: 'observability.metric_days',
};

/** Milliseconds of a period. */
export const PERIOD_MS: Readonly<Record<RollupPeriod, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** Start of the period that holds a time, in epoch milliseconds. */
export function startOfPeriod(period: RollupPeriod, timeMs: number): number {
  return Math.floor(timeMs / PERIOD_MS[period]) * PERIOD_MS[period];
}
