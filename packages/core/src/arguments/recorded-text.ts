import { cleanText } from '../sanitize/clean-text.ts';
import { REDACTED } from '../sanitize/redact.ts';
import type { Redact } from '../sanitize/redact.ts';

/**
 * Text for people (a title, a note, a name) as it is stored: masked by `redact`, and without characters PostgreSQL cannot
 * hold. The caller has checked its length.
 */
export function toRecordedText(key: string, text: string, redact: Redact): string {
  const masked = redact(key, text);
  return typeof masked === 'string' ? cleanText(masked, Infinity) : REDACTED;
}
