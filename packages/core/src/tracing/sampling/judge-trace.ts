import type { ReadableSpan } from '../opentelemetry-types.ts';
import type { KeepRules } from './keep-options.ts';
import { isWithinRatio } from './trace-id-ratio.ts';

/** Which rule kept a trace. */
export type KeepRule = 'error' | 'slow' | 'ratio' | 'route_floor';

/** The spans of one trace in this process. */
export interface LocalTrace {
  readonly traceId: string;
  /** All that have ended, at least one. */
  readonly spans: readonly ReadableSpan[];
  /** Those of them that began the work of this process, in the order they ended; none where it was decided early. */
  readonly roots: readonly ReadableSpan[];
}

/** What the decision depends on besides the trace and the rules. */
export interface KeepState {
  /** Traces of a route kept in this minute. */
  keptOfRoute(route: string): number;
  /** Share of the traces begun here that head sampling lets through, 0 to 1. */
  readonly headRatio: number;
  /** What was decided before about spans of the same trace. */
  readonly earlier?: KeepDecision | undefined;
}

/** That a trace is kept, and why. */
export interface KeptDecision {
  readonly isKept: true;
  readonly rule: KeepRule;
  /** How many traces this one stands for; 0 where others stand for it. */
  readonly adjustedCount: number;
  readonly route: string;
}

/** Whether a trace is kept. */
export type KeepDecision = KeptDecision | { readonly isKept: false; readonly route: string };

const ERROR_STATUS = 2;

/**
 * Decides about a local trace: errors, then slow ones, then what was kept before, then the ratio, then the floor of the route.
 * Head sampling takes part as one more ratio: what it has not sampled, only the other rules keep.
 */
export function judgeTrace(trace: LocalTrace, rules: KeepRules, state: KeepState): KeepDecision {
  const root = trace.roots.at(-1) ?? trace.spans[0];
  if (root === undefined) {
    return { isKept: false, route: '' };
  }
  const route = spanRoute(root);
  const rule = ruleOfSpans(trace, rules);
  if (rule !== undefined) {
    return { isKept: true, rule, adjustedCount: 1, route };
  }
  if (state.earlier?.isKept === true) {
    return state.earlier;
  }
  // A parent elsewhere has sampled by a ratio that is not known here.
  const ratio = root.parentSpanContext === undefined ? rules.ratio * state.headRatio : rules.ratio;
  if ((root.spanContext().traceFlags & 1) === 1 && isWithinRatio(trace.traceId, rules.ratio)) {
    return { isKept: true, rule: 'ratio', adjustedCount: ratio > 0 ? 1 / ratio : 1, route };
  }
  if (state.keptOfRoute(route) < rules.perRouteAndMinute) {
    // Those the ratio keeps stand for this one already, where there are any.
    return { isKept: true, rule: 'route_floor', adjustedCount: ratio > 0 ? 0 : 1, route };
  }
  return { isKept: false, route };
}

/** The rule that what happened fulfils, whatever the ratios say. */
function ruleOfSpans({ spans, roots }: LocalTrace, rules: KeepRules): 'error' | 'slow' | undefined {
  if (rules.errors && spans.some(hasFailed)) {
    return 'error';
  }
  const timed = roots.length === 0 ? spans : roots;
  return timed.some((span) => durationMs(span) >= rules.slowerThanMs) ? 'slow' : undefined;
}

/** Whether a span ended with the status ERROR. */
export function hasFailed(span: ReadableSpan): boolean {
  return span.status.code === ERROR_STATUS;
}

/** What the floor counts by: method and route pattern of a request, else the name of the span. */
function spanRoute({ attributes, name }: ReadableSpan): string {
  const route = attributes['http.route'];
  return typeof route === 'string' ? `${String(attributes['http.request.method'])} ${route}` : name;
}

function durationMs({ duration }: ReadableSpan): number {
  return duration[0] * 1e3 + duration[1] / 1e6;
}
