import type { Exemplar } from '../exemplars.ts';
import { toNumberText } from './number-text.ts';

/**
 * What stands behind a bucket for its exemplar. Its labels have 63 characters, of the 128 that OpenMetrics allows; IDs that are
 * none, which only a caller of `record` can have given, have no place there.
 *
 * @returns empty where the exemplar cannot be shown
 * @source https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#exemplars
 */
export function toExemplarText({ traceId, spanId, value, time }: Exemplar): string {
  if (!isHex(traceId, 32) || !isHex(spanId, 16) || !Number.isFinite(time)) {
    return '';
  }
  const labels = `{trace_id="${traceId}",span_id="${spanId}"}`;
  return ` # ${labels} ${toNumberText(value)} ${toNumberText(time / 1_000)}`;
}

/**
 * The exemplar of each bucket: the largest of those between its bound and the one below. By its value and not by what counts
 * towards the bound, because a parser may refuse an exemplar that lies above its bound.
 *
 * @param bounds rising, without +Inf
 * @returns one more than there are bounds: the last is that of +Inf
 */
export function exemplarsByBound(
  exemplars: readonly Exemplar[],
  bounds: readonly { bound: number }[],
): (Exemplar | undefined)[] {
  const found = Array.from<Exemplar | undefined>({ length: bounds.length + 1 });
  for (const exemplar of exemplars) {
    const place = bounds.findIndex(({ bound }) => exemplar.value <= bound);
    const at = place === -1 ? bounds.length : place;
    if ((found[at]?.value ?? Number.NEGATIVE_INFINITY) <= exemplar.value) {
      found[at] = exemplar;
    }
  }
  return found;
}

function isHex(id: unknown, length: number): id is string {
  return typeof id === 'string' && id.length === length && /^[0-9a-f]+$/u.test(id);
}
