import { cleanText } from './clean-text.ts';
import { REDACTED } from './find-pair-value.ts';
import type { JsonLimits, MendReason } from './json-value.ts';
import type { Redact } from './redact-function.ts';

/** What a long text is masked beyond the length that is kept, so that no credential is cut in two and escapes by that. */
export const REDACT_MARGIN = 1_024;

/**
 * What `redact` makes of a value; `[REDACTED]` where it throws. It gets long strings and lists shortened to what can be kept,
 * so that a value of ten megabytes does not cost more than one of sixteen kilobytes.
 */
export function redactBounded(
  redact: Redact,
  key: string,
  raw: unknown,
  limits: JsonLimits,
  mend: (reason: MendReason) => void,
): unknown {
  try {
    if (typeof raw === 'string' && raw.length > limits.maxStringLength + REDACT_MARGIN) {
      mend('text_cut');
      const result = redact(key, raw.slice(0, limits.maxStringLength + REDACT_MARGIN));
      return typeof result === 'string' ? withoutMargin(result) : result;
    }
    if (Array.isArray(raw) && raw.length > limits.maxItems) {
      mend('too_many_items');
      return redact(key, raw.slice(0, limits.maxItems));
    }
    return redact(key, raw);
  } catch {
    return REDACTED;
  }
}

/**
 * Takes the margin off a masked text. Always all of it: where masking has made the text shorter, the far edge of the margin,
 * where half of a credential may stand, has moved up.
 */
export function withoutMargin(masked: string): string {
  return masked.length > REDACT_MARGIN ? cleanText(masked, masked.length - REDACT_MARGIN) : masked;
}
