import type { MetricType } from '../metric.ts';
import { unitToSuffix } from './unit-to-suffix.ts';

/** What a metric is called in a document. */
export interface FamilyName {
  /** With the unit, and without `_total`: the name of the family in OpenMetrics. */
  name: string;
  /** The unit at the end of the name; empty where there is none. */
  unit: string;
}

/**
 * The name of a metric's family.
 * @source https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-metadata-1
 * @example `toFamilyName('http.server.request.duration', 'histogram', 's'); // http_server_request_duration_seconds`
 */
export function toFamilyName(name: string, type: MetricType, unit: string | null): FamilyName {
  const suffix = unitToSuffix(unit, type);
  const valid = toValidName(name, /[^a-zA-Z0-9_:]/gu);
  // A name that is nothing but the suffix keeps it.
  const bare = type === 'counter' ? valid.replace(/(?<=.)(?:_total)+$/u, '') : valid;
  if (suffix === '' || bare === suffix || bare.endsWith(`_${suffix}`)) {
    return { name: bare, unit: suffix };
  }
  return { name: `${bare}${bare.endsWith('_') ? '' : '_'}${suffix}`, unit: suffix };
}

/**
 * The name of a label; `le` is what Prometheus calls the bounds of a histogram, so a label of that name gives way.
 * @source https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-attributes
 */
export function toLabelName(name: string): string {
  const valid = toValidName(name, /[^a-zA-Z0-9_]/gu);
  return valid === 'le' ? 'exported_le' : valid;
}

// A digit in front is kept behind an underscore: `3xx` and `5xx` would both become `_xx`.
function toValidName(name: string, invalid: RegExp): string {
  const valid = name.replace(invalid, '_').replace(/__+/gu, '_');
  return /^[0-9]/u.test(valid) || valid === '' ? `_${valid}` : valid;
}
