import { ObservabilityError } from '../../errors/observability-error.ts';

/**
 * Which traces are kept, decided when their local root has ended and it is known what became of them. Errors and slow ones are
 * told from the spans of this process; the ratio by the trace ID, so that every service with the same ratio keeps the same
 * traces.
 *
 * @example
 * ```ts
 * // every error, all that took half a second or more, five a minute of each route, and a tenth of the rest
 * createObservability({
 *   serviceName: 'shop',
 *   spans: { keep: { slowerThanMs: 500, perRoute: { perMinute: 5 }, ratio: 0.1 } },
 * });
 * ```
 */
export interface KeepOptions {
  /** Keep every trace with a span that failed (status ERROR). Default true: errors are what one looks for. */
  errors?: boolean | undefined;
  /** Keep every trace whose local root took this many milliseconds or more. Default: time keeps nothing. */
  slowerThanMs?: number | undefined;
  /** Keep at least so many traces a minute of each route, in each process. Default: no floor. */
  perRoute?: { perMinute: number } | undefined;
  /** Share of the rest that is kept, 0 to 1. Default 1, so that nothing is dropped that nobody asked to drop. */
  ratio?: number | undefined;
  /** Spans held at most until their root ends; then the oldest trace is decided by what is there. Default 10,000. */
  maxHeldSpans?: number | undefined;
  /** Milliseconds a trace is held at most; then it is decided by what is there. Default 30,000. */
  maxHeldMs?: number | undefined;
}

/** {@link KeepOptions} with every default filled in. */
export interface KeepRules {
  readonly errors: boolean;
  /** Infinity where time keeps nothing. */
  readonly slowerThanMs: number;
  /** 0 where there is no floor. */
  readonly perRouteAndMinute: number;
  readonly ratio: number;
  readonly maxHeldSpans: number;
  readonly maxHeldMs: number;
}

const NAMES = new Set(['errors', 'slowerThanMs', 'perRoute', 'ratio', 'maxHeldSpans', 'maxHeldMs']);
// The largest delay a timer takes; a larger one would fire at once.
const MAX_NUMBER = 2_147_483_647;

/**
 * Checks the option and fills the defaults in; undefined where it is not given.
 * @throws `INVALID_OPTION` with what came and what is expected
 */
export function resolveKeep(options: KeepOptions | undefined): KeepRules | undefined {
  if (options === undefined) {
    return undefined;
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    refuse('spans.keep', options, 'an object such as { slowerThanMs: 500, ratio: 0.1 }');
  }
  const unknown = Object.keys(options).find((name) => !NAMES.has(name));
  if (unknown !== undefined) {
    // A rule that is misspelled would keep nothing, and nobody would miss it until it is too late.
    refuse('spans.keep', `with "${unknown.slice(0, 40)}"`, `only ${[...NAMES].join(', ')}`);
  }
  const { errors = true } = options;
  if (typeof errors !== 'boolean') {
    refuse('spans.keep.errors', errors, 'true or false');
  }
  return {
    errors,
    slowerThanMs: options.slowerThanMs === undefined ? Infinity : slowerThanMs(options.slowerThanMs),
    perRouteAndMinute: perRouteAndMinute(options.perRoute),
    ratio: ratio(options.ratio),
    maxHeldSpans: whole('spans.keep.maxHeldSpans', options.maxHeldSpans ?? 10_000),
    maxHeldMs: whole('spans.keep.maxHeldMs', options.maxHeldMs ?? 30_000),
  };
}

function slowerThanMs(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    refuse('spans.keep.slowerThanMs', value, 'milliseconds, 0 or more');
  }
  return value;
}

function perRouteAndMinute(value: unknown): number {
  if (value === undefined) {
    return 0;
  }
  if (typeof value !== 'object' || value === null) {
    refuse('spans.keep.perRoute', value, 'an object such as { perMinute: 5 }');
  }
  return whole('spans.keep.perRoute.perMinute', (value as { perMinute?: unknown }).perMinute);
}

function ratio(value: unknown = 1): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
    refuse('spans.keep.ratio', value, 'a number from 0 (none of the rest) to 1 (all)');
  }
  return value;
}

function whole(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > MAX_NUMBER) {
    refuse(name, value, `a whole number from 1 to ${MAX_NUMBER}`);
  }
  return value;
}

function refuse(name: string, value: unknown, expected: string): never {
  throw new ObservabilityError('INVALID_OPTION', `${name} is ${describe(value)}; expected ${expected}.`);
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'a list' : 'an object';
  }
  return String(value).slice(0, 60);
}
