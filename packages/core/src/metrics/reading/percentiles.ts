import type { PercentileQuery } from '../metric.ts';

/** What `percentiles` looks at. */
export interface PercentilesQuery extends PercentileQuery {
  /** Names of labels; each combination of their values is a group. `service.name` is the service. Default: all is one group. */
  groupBy?: readonly string[] | undefined;
  /** Groups at most, those with most observations, 1 to 10,000. Default 1,000. */
  limit?: number | undefined;
  /**
   * Where single observations were recorded and are still there, percentiles are exactly those of `percentile_cont` over them. False
   * takes them from sums as well, which is faster over long ranges. Default true.
   */
  exact?: boolean | undefined;
}

/** The percentiles of one group. */
export interface PercentileGroup {
  /** The labels of the group; one that its points do not have is not there. */
  labels: Record<string, string>;
  /** In the order they were asked for. */
  values: number[];
  /** True where every value that counts was recorded as a single observation: the answer is that of `percentile_cont`. */
  exact: boolean;
  /** How many observations count. */
  sampleCount: number;
  /** How far a value can be off, relatively: 0 where exact, else mostly 0.0108. */
  relativeError: number;
}
