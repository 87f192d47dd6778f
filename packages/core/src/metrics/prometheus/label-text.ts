import { toLabelName } from './prometheus-names.ts';

/** Labels as they stand between the braces. */
export interface LabelText {
  /** Sorted by name, so equal for equal labels: `a="1",b="2"`. */
  text: string;
  /** True where names that differed became one, and their values were joined. */
  isJoined: boolean;
}

/**
 * Labels with valid names and escaped values. A label without a value is left out, for that means the same to Prometheus. Where
 * names become equal, the values are joined with `;` in the order of the names before.
 *
 * @source https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-attributes
 * @example `toLabelText({ 'http.route': '/a' }); // { text: 'http_route="/a"', isJoined: false }`
 */
export function toLabelText(labels: Readonly<Record<string, string>>): LabelText {
  const valuesByName = new Map<string, string>();
  let isJoined = false;
  for (const name of Object.keys(labels).toSorted()) {
    const value = labels[name] ?? '';
    if (value === '') {
      continue;
    }
    const valid = toLabelName(name);
    const earlier = valuesByName.get(valid);
    isJoined ||= earlier !== undefined;
    valuesByName.set(valid, earlier === undefined ? value : `${earlier};${value}`);
  }
  const entries = [...valuesByName].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return { text: entries.map(([name, value]) => `${name}="${escapeQuoted(value)}"`).join(','), isJoined };
}

/** Text between quotes. */
export function escapeQuoted(text: string): string {
  return /["\\\n]/u.test(text) ? escapeLine(text).replaceAll('"', '\\"') : text;
}

/** Text up to the end of the line. */
export function escapeLine(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
