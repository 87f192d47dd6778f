import { TEMPORALITY } from './metric-kind.ts';

/** How the SDK should sum up an instrument: `0` as it would by itself, `5` an exponential histogram. */
export type AggregationChoice =
  | { type: 0 }
  | { type: 5; options: { recordMinMax: boolean; maxSize: number } };

/**
 * Deltas for all that is added up, so that a restart needs no care and rows of many processes are summed by SQL; the whole for
 * up-down counters, whose growth alone says nothing. OpenTelemetry calls this preference "delta".
 * @source https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/#additional-environment-variable-configuration
 */
export function selectTemporality(instrumentType: unknown): 0 | 1 {
  return instrumentType === 'UP_DOWN_COUNTER' || instrumentType === 'OBSERVABLE_UP_DOWN_COUNTER'
    ? TEMPORALITY.CUMULATIVE
    : TEMPORALITY.DELTA;
}

/** Exponential buckets for histograms, which merge exactly whatever was recorded; the SDK's own fixed ones are off by tens of percent. */
export function selectAggregation(instrumentType: unknown, maxSize: number): AggregationChoice {
  return instrumentType === 'HISTOGRAM' ? { type: 5, options: { recordMinMax: true, maxSize } } : { type: 0 };
}
