import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';

/** Options of `createPrometheusHandler`. */
export interface PrometheusOptions {
  /**
   * Where it answers; anything else goes to `next`, or is answered with 404. Default: wherever it is mounted, whatever the path.
   */
  path?: string | undefined;
  /**
   * What a scraper must send as `Authorization: Bearer …`, 1 to 1,024 visible ASCII characters. Default: none, everybody may read
   * the metrics.
   */
  secret?: string | undefined;
  /**
   * Upper bounds of the buckets of histograms, by the name of the metric as it is recorded: rising, at most 200, without
   * infinity. Default: by unit, for `s` those of OpenTelemetry's conventions (0.005 to 10), for `By` powers of four from 256, else
   * 0 to 10,000.
   */
  buckets?: Readonly<Record<string, readonly number[]>> | undefined;
}

/** {@link PrometheusOptions} after the check. */
export interface ResolvedPrometheusOptions {
  readonly path: string | undefined;
  readonly secret: string | undefined;
  readonly bounds: ReadonlyMap<string, readonly number[]>;
}

const MAX_BOUNDS = 200;

/**
 * Checks the options.
 * @throws `INVALID_OPTION`
 */
export function resolvePrometheusOptions(options: PrometheusOptions = {}): ResolvedPrometheusOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption('options', describeValue(options), 'an object, or nothing');
  }
  const { path, secret, buckets } = options;
  return Object.freeze({
    path: resolvePath(path),
    secret: resolveSecret(secret),
    bounds: resolveBounds(buckets),
  });
}

function resolvePath(path: unknown): string | undefined {
  if (path === undefined) {
    return undefined;
  }
  if (typeof path !== 'string' || !/^\/[^?#\s]*$/u.test(path)) {
    throw invalidOption(
      'path',
      describeValue(path),
      "a path that begins with a slash, for example '/metrics'",
    );
  }
  return withoutTrailingSlash(path);
}

function resolveSecret(secret: unknown): string | undefined {
  if (secret === undefined || (typeof secret === 'string' && /^[\x21-\x7e]{1,1024}$/u.test(secret))) {
    return secret;
  }
  // What it is stays out of the message.
  const got = typeof secret === 'string' ? `text of ${secret.length} characters` : typeof secret;
  throw invalidOption('secret', got, '1 to 1,024 visible ASCII characters');
}

/** `/metrics/` is the same place as `/metrics`. */
export function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function resolveBounds(buckets: unknown): ReadonlyMap<string, readonly number[]> {
  if (buckets === undefined) {
    return new Map();
  }
  if (typeof buckets !== 'object' || buckets === null || Array.isArray(buckets)) {
    throw invalidOption(
      'buckets',
      describeValue(buckets),
      "bounds by metric, for example { 'job.duration': [1, 5] }",
    );
  }
  return new Map(
    Object.entries(buckets).map(([metric, bounds]: [string, unknown]) => [
      metric,
      assertBounds(metric, bounds),
    ]),
  );
}

function assertBounds(metric: string, bounds: unknown): readonly number[] {
  const isRising = (bound: unknown, at: number, all: readonly unknown[]): boolean =>
    typeof bound === 'number' && Number.isFinite(bound) && (at === 0 || bound > (all[at - 1] as number));
  // every() skips holes.
  const list: readonly unknown[] = Array.isArray(bounds) ? Array.from(bounds) : [];
  if (list.length === 0 || list.length > MAX_BOUNDS || !list.every(isRising)) {
    const got = Array.isArray(bounds) ? `a list of ${bounds.length}` : describeValue(bounds);
    throw invalidOption(
      `buckets[${describeValue(metric)}]`,
      got,
      `1 to ${MAX_BOUNDS} rising finite numbers, for example [0.1, 1, 10]`,
    );
  }
  return list as readonly number[];
}

function invalidOption(name: string, got: string, expected: string): ObservabilityError {
  return new ObservabilityError(
    'INVALID_OPTION',
    `${name} of the Prometheus handler is ${got}; expected ${expected}.`,
  );
}
