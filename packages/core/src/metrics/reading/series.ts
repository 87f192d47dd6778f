import type { MetricLabels } from '../metric.ts';

/**
 * What is made of the observations of a step.
 * - `rate`: how much a counter grew, or how many observations a histogram took, per second
 * - `sum`: how much a counter grew, what the observations of a histogram add up to, or the average of a gauge, added up over its series
 * - `count`: how many observations there were
 * - `avg`, `min`, `max`: of the observations; `min` and `max` are not known of a counter
 * - `p50`, `p95`, `p99.9` …: a percentile of the observations
 */
export type SeriesAggregate = 'rate' | 'sum' | 'count' | 'avg' | 'min' | 'max' | `p${number}`;

/** What `series` looks at, and what it makes of it. */
export interface SeriesQuery {
  aggregate: SeriesAggregate;
  /**
   * Length of a step: milliseconds, or text such as `30s`, `5m`, `1h` or `1d`; a second at least. Default: chosen from the range, at most
   * 300 steps.
   */
  step?: number | string | undefined;
  /** Names of labels; each combination of their values is a series. `service.name` is the service. Default: all is one. */
  groupBy?: readonly string[] | undefined;
  /** Only points that have all of these labels. */
  labels?: MetricLabels | undefined;
  /** Only points of this service. Default: all services that share the database. */
  serviceName?: string | undefined;
  /** First moment that counts: a Date, or milliseconds since 1970. Default: an hour before `endTime`. */
  startTime?: Date | number | undefined;
  /** Where the last step ends. Default: now. */
  endTime?: Date | number | undefined;
  /** Series at most, those with most observations, 1 to 1,000. Default 100. */
  limit?: number | undefined;
}

/** The values of one group, step by step. */
export interface MetricSeries {
  /** The labels of the group; one that its points do not have is not there. */
  labels: Record<string, string>;
  /** Length of a step in milliseconds: what was asked for, or longer where only sums over longer periods are left. */
  stepMs: number;
  /** One for each step, the oldest first. */
  points: SeriesPoint[];
}

/** A step of a series. */
export interface SeriesPoint {
  /** When the step begins; steps are counted from 1970 in UTC. */
  time: Date;
  /** Null where nothing was recorded. */
  value: number | null;
}
