import type { MetricType } from '../metric.ts';

/** @source https://github.com/open-telemetry/opentelemetry-js/blob/main/packages/sdk-metrics/src/export/MetricData.ts */
export const DATA_POINT_TYPE = { HISTOGRAM: 0, EXPONENTIAL_HISTOGRAM: 1, GAUGE: 2, SUM: 3 } as const;

/** As the API for JavaScript counts; OTLP counts from 1. */
export const TEMPORALITY = { DELTA: 0, CUMULATIVE: 1 } as const;

/** How the points of a metric become rows. */
export interface MetricKind {
  readonly type: MetricType;
  /**
   * `as_is`: a point is a row. `growth`: a point tells everything since the beginning, and its growth is a row. `balance`: a point
   * tells by how much a number went up or down, and the number is a row.
   */
  readonly takes: 'as_is' | 'growth' | 'balance';
  /** False for the number of an up-down counter, true for a counter; null for what was not summed up. */
  readonly isMonotonic: boolean | null;
  readonly temporality: 'delta' | 'cumulative' | null;
}

const GAUGE: MetricKind = { type: 'gauge', takes: 'as_is', isMonotonic: null, temporality: null };

/**
 * Rows of counters and histograms tell what has come on, so that readers add them up. What an up-down counter tells is a state,
 * how long a queue is, which nobody adds up over time: it is stored as a gauge, and only `isMonotonic` tells where it comes from.
 * @returns undefined for what no SDK sends
 */
export function resolveMetricKind(
  dataPointType: unknown,
  aggregationTemporality: unknown,
  isMonotonic: unknown,
): MetricKind | undefined {
  if (dataPointType === DATA_POINT_TYPE.GAUGE) {
    return GAUGE;
  }
  const isDelta = aggregationTemporality === TEMPORALITY.DELTA;
  if (!isDelta && aggregationTemporality !== TEMPORALITY.CUMULATIVE) {
    return undefined;
  }
  const takes = isDelta ? 'as_is' : 'growth';
  switch (dataPointType) {
    case DATA_POINT_TYPE.SUM:
      return isMonotonic === true
        ? { type: 'counter', takes, isMonotonic: true, temporality: 'delta' }
        : {
            type: 'gauge',
            takes: isDelta ? 'balance' : 'as_is',
            isMonotonic: false,
            temporality: 'cumulative',
          };
    case DATA_POINT_TYPE.HISTOGRAM:
    case DATA_POINT_TYPE.EXPONENTIAL_HISTOGRAM:
      return { type: 'histogram', takes, isMonotonic: null, temporality: 'delta' };
    default:
      return undefined;
  }
}
