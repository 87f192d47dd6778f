import { copySpan } from '../copy-span.ts';
import type { ReadableSpan } from '../opentelemetry-types.ts';
import type { KeptDecision } from './judge-trace.ts';

/** Attribute of the local root: which rule kept the trace. */
export const RULE_ATTRIBUTE = 'sampling.rule';
/** Attribute of every span that does not stand for one only: how many it stands for. */
export const ADJUSTED_COUNT_ATTRIBUTE = 'sampling.adjusted_count';

const SAMPLED = 1;

/**
 * A kept span as it goes on: noted with the rule and the number of spans it stands for, and sampled, whatever head sampling
 * said. A copy, because the span may belong to other processors, too; the span itself where there is nothing to note.
 */
export function toKeptSpan(span: ReadableSpan, decision: KeptDecision, isRoot: boolean): ReadableSpan {
  const spanContext = span.spanContext();
  const isSampled = (spanContext.traceFlags & SAMPLED) === SAMPLED;
  if (isSampled && !isRoot && decision.adjustedCount === 1) {
    return span;
  }
  const attributes: Record<string, unknown> = { ...span.attributes };
  if (isRoot) {
    attributes[RULE_ATTRIBUTE] = decision.rule;
  }
  if (decision.adjustedCount !== 1) {
    attributes[ADJUSTED_COUNT_ATTRIBUTE] = decision.adjustedCount;
  }
  return copySpan(span, {
    attributes,
    spanContext: () =>
      isSampled ? spanContext : { ...spanContext, traceFlags: spanContext.traceFlags | SAMPLED },
  });
}
