import type { Context, ReadableSpan, Span } from '../opentelemetry-types.ts';
import { toReadableSpan } from '../readable-span.ts';
import type { SpanStage } from '../span-stage.ts';
import { hasFailed, judgeTrace } from './judge-trace.ts';
import type { KeepDecision, KeepRule, KeptDecision } from './judge-trace.ts';
import type { KeepRules } from './keep-options.ts';
import { toKeptSpan } from './kept-span.ts';
import { isLocalRoot } from './local-root.ts';
import { RememberedDecisions } from './remembered-decisions.ts';
import { RouteFloor } from './route-floor.ts';

/** What the keep-rules have done so far. What they dropped is no loss, so it is told here and not among the losses. */
export interface SamplingStats {
  /** Spans that wait for the end of their local root. */
  heldSpans: number;
  /** Local traces whose root has not ended. */
  heldTraces: number;
  /** Traces kept, by the rule that kept them. */
  keptTraces: Record<KeepRule, number>;
  /** Spans dropped because no rule wanted their trace. */
  sampledOut: number;
  /** Traces decided before their root had ended: by `flush`, by age, or because too many spans were held. */
  decidedEarly: number;
}

/** Options of {@link SpanKeepStage}. */
export interface SpanKeepStageOptions {
  rules: KeepRules;
  /** Share of the traces begun here that head sampling lets through. */
  headRatio(): number;
  /** Epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

interface HeldTrace {
  readonly traceId: string;
  readonly openedAtMs: number;
  readonly spans: ReadableSpan[];
  readonly roots: ReadableSpan[];
  openRoots: number;
}

const MAX_HELD_TRACES = 10_000;
const MAX_REMEMBERED = 10_000;

/**
 * Holds the ended spans of a trace until everything that began in this process for it has ended, decides once by the rules, and
 * hands all of them on or none. Spans that end later follow the decision, but an error that comes late is kept by itself.
 */
export class SpanKeepStage implements SpanStage {
  readonly #next: SpanStage;
  readonly #options: SpanKeepStageOptions;
  readonly #now: () => number;
  // In the order they were opened, so that the oldest is the first.
  readonly #held = new Map<string, HeldTrace>();
  readonly #decided = new RememberedDecisions(MAX_REMEMBERED);
  readonly #floor = new RouteFloor();
  readonly #keptTraces: Record<KeepRule, number> = { error: 0, slow: 0, ratio: 0, route_floor: 0 };
  #heldSpans = 0;
  #sampledOut = 0;
  #decidedEarly = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(next: SpanStage, options: SpanKeepStageOptions) {
    this.#next = next;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  get started(): number {
    return this.#next.started;
  }

  onStart(span: Span, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
    if (!this.#stopped && isLocalRoot(span)) {
      this.#open(span.spanContext().traceId).openRoots += 1;
    }
  }

  onEnd(ended: ReadableSpan): void {
    const span = toReadableSpan(ended);
    if (span === undefined || this.#stopped) {
      this.#next.onEnd(ended);
      return;
    }
    try {
      this.#take(span, isLocalRoot(ended));
    } catch {
      // A span of somebody else's making, with a getter that throws; what comes next counts it.
      this.#next.onEnd(ended);
    }
  }

  forceFlush(): Promise<void> {
    return this.flush(10_000);
  }

  /** Decides everything that is held, whether its root has ended or not. */
  flush(timeoutMs: number): Promise<void> {
    this.#decideAll();
    return this.#next.flush(timeoutMs);
  }

  shutdown(timeoutMs?: number): Promise<void> {
    this.#decideAll();
    this.#stopped = true;
    clearTimeout(this.#timer);
    return this.#next.shutdown(timeoutMs);
  }

  stats(): SamplingStats {
    return {
      heldSpans: this.#heldSpans,
      heldTraces: this.#held.size,
      keptTraces: { ...this.#keptTraces },
      sampledOut: this.#sampledOut,
      decidedEarly: this.#decidedEarly,
    };
  }

  #take(span: ReadableSpan, isRoot: boolean): void {
    const { traceId } = span.spanContext();
    const earlier = this.#decided.get(traceId);
    if (!isRoot && earlier !== undefined && !this.#held.has(traceId)) {
      this.#takeLate(span, traceId, earlier);
      return;
    }
    const trace = this.#open(traceId);
    trace.spans.push(span);
    this.#heldSpans += 1;
    if (isRoot) {
      trace.roots.push(span);
      trace.openRoots -= 1;
      if (trace.openRoots <= 0) {
        this.#decide(trace);
        return;
      }
    }
    if (this.#heldSpans > this.#options.rules.maxHeldSpans) {
      this.#decideOldest();
    }
  }

  #takeLate(span: ReadableSpan, traceId: string, earlier: KeepDecision): void {
    if (earlier.isKept) {
      this.#forward(span, earlier, false);
    } else if (this.#options.rules.errors && hasFailed(span)) {
      this.#settle({ traceId, openedAtMs: 0, spans: [span], roots: [], openRoots: 0 });
    } else {
      this.#sampledOut += 1;
    }
  }

  #open(traceId: string): HeldTrace {
    let trace = this.#held.get(traceId);
    if (trace === undefined) {
      if (this.#held.size >= MAX_HELD_TRACES) {
        this.#decideOldest();
      }
      trace = { traceId, openedAtMs: this.#now(), spans: [], roots: [], openRoots: 0 };
      this.#held.set(traceId, trace);
      this.#timer ??= setTimeout(() => this.#decideAged(), this.#options.rules.maxHeldMs / 2).unref();
    }
    return trace;
  }

  #decideOldest(): void {
    for (const trace of this.#held.values()) {
      this.#decide(trace);
      if (trace.spans.length > 0) {
        return;
      }
    }
  }

  #decideAged(): void {
    this.#timer = undefined;
    const { maxHeldMs } = this.#options.rules;
    const due = this.#now() - maxHeldMs;
    for (const trace of this.#held.values()) {
      if (trace.openedAtMs > due) {
        break;
      }
      this.#decide(trace);
    }
    if (this.#held.size > 0) {
      this.#timer = setTimeout(() => this.#decideAged(), maxHeldMs / 2).unref();
    }
  }

  #decideAll(): void {
    for (const trace of this.#held.values()) {
      // One that has nothing yet stays open, and is decided at its end.
      if (trace.spans.length > 0) {
        this.#decide(trace);
      }
    }
  }

  #decide(trace: HeldTrace): void {
    this.#held.delete(trace.traceId);
    if (trace.spans.length > 0) {
      this.#heldSpans -= trace.spans.length;
      this.#decidedEarly += trace.openRoots > 0 || trace.roots.length === 0 ? 1 : 0;
      this.#settle(trace);
    }
  }

  #settle(trace: HeldTrace): void {
    const nowMs = this.#now();
    const decision = this.#judge(trace, nowMs);
    this.#decided.set(trace.traceId, decision);
    if (!decision.isKept) {
      this.#sampledOut += trace.spans.length;
      return;
    }
    this.#floor.note(decision.route, nowMs);
    this.#keptTraces[decision.rule] += 1;
    const roots = new Set(trace.roots);
    for (const span of trace.spans) {
      this.#forward(span, decision, roots.has(span));
    }
  }

  #judge(trace: HeldTrace, nowMs: number): KeepDecision {
    try {
      return judgeTrace(trace, this.#options.rules, {
        keptOfRoute: (route) => this.#floor.kept(route, nowMs),
        headRatio: this.#options.headRatio(),
        earlier: this.#decided.get(trace.traceId),
      });
    } catch {
      // A span with a getter that throws must not take the others of its trace along.
      return { isKept: true, rule: 'error', adjustedCount: 1, route: '' };
    }
  }

  #forward(span: ReadableSpan, decision: KeptDecision, isRoot: boolean): void {
    let kept = span;
    try {
      kept = toKeptSpan(span, decision, isRoot);
    } catch {
      // What comes next counts it.
    }
    this.#next.onEnd(kept);
  }
}
