import { findPairValue, REDACTED } from './find-pair-value.ts';
import type { PairOptions, TextSpan } from './find-pair-value.ts';
import { createUrlCredentialFinder } from './find-url-credentials.ts';
import { REDACT_MARGIN, withoutMargin } from './redact-bounded.ts';

// No text that is recorded or logged is kept at such a length, and 10 MB of "key=" would hold the process for seconds.
const MAX_LENGTH = 1_048_576;

const MAY_HOLD_SECRET = /[=:]|bearer[ \t]|basic[ \t]/i;

const EQUALS = 0x3d;
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * Masks credentials in free text, for messages, logs and errors: `scheme://user:password@host`, `password=…` and its like
 * (also `"password": "…"`, `Authorization: …`, `Cookie: …`), `Bearer …` and `Basic …`.
 *
 * One pass, its time in proportion to the length of the text whatever is in it; a text without `=`, `:` and the two words
 * is returned as it is. Masking twice changes nothing more. A secret that stands in prose without a name is not found. What
 * is beyond 1,048,576 characters is dropped.
 *
 * @param text - anything but a string gives an empty one
 *
 * @example
 * ```ts
 * redactText('connect postgres://app:s3cret@db/shop failed'); // 'connect postgres://[REDACTED]@db/shop failed'
 * ```
 */
export function redactText(text: string): string {
  if (typeof text !== 'string') {
    return '';
  }
  return mask(text, { onlyLiterals: false });
}

/** As `redactText`, for SQL: `token = s.token` and `password = $1` stay, as only a literal can be a secret there. */
export function redactSql(text: string): string {
  return mask(text, { onlyLiterals: true });
}

function mask(text: string, options: PairOptions): string {
  if (text.length > MAX_LENGTH) {
    return `${withoutMargin(maskSecrets(text.slice(0, MAX_LENGTH + REDACT_MARGIN), options))}[Truncated]`;
  }
  return MAY_HOLD_SECRET.test(text) ? maskSecrets(text, options) : text;
}

function maskSecrets(text: string, options: PairOptions): string {
  const findUrlCredentials = createUrlCredentialFinder(text);
  let masked = '';
  let done = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    let secret: TextSpan | undefined;
    if (code === EQUALS || (code === COLON && !text.startsWith('//', index + 1))) {
      secret = findPairValue(text, index, options);
    } else if (code === COLON) {
      secret = findUrlCredentials(index);
    } else if (code === SPACE || code === TAB) {
      secret = findSchemeToken(text, index);
    }
    if (secret !== undefined) {
      masked += text.slice(done, secret.from) + REDACTED;
      done = secret.to;
      index = secret.to - 1;
    }
  }
  return done === 0 ? text : masked + text.slice(done);
}

const AFTER_BEARER = /[ \t]{1,8}([\w.~+/-]+=*)/y;
const AFTER_BASIC = /[ \t]{1,8}([A-Za-z0-9+/]{8,}=*)/y;
const BEARER_PROSE = /^(?:tokens?|auth|authentication|authorization|scheme|realm|is|was|of|or|and)\.?$/i;
// Base64 of user:password has digits, padding or capitals inside; "Basic authentication" has not.
const LOOKS_ENCODED = /[0-9=+/]|.[A-Z]/;

/** The token behind `Bearer` or `Basic`, whose following white space stands at `space`. */
function findSchemeToken(text: string, space: number): TextSpan | undefined {
  const last = text.charAt(space - 1);
  if (last !== 'r' && last !== 'R' && last !== 'c' && last !== 'C') {
    return undefined;
  }
  const scheme = /(?:^|[^A-Za-z0-9])(bearer|basic)$/i
    .exec(text.slice(Math.max(0, space - 7), space))?.[1]
    ?.toLowerCase();
  if (scheme === undefined) {
    return undefined;
  }
  const pattern = scheme === 'bearer' ? AFTER_BEARER : AFTER_BASIC;
  pattern.lastIndex = space;
  const token = pattern.exec(text)?.[1];
  if (token === undefined || (scheme === 'bearer' ? BEARER_PROSE.test(token) : !LOOKS_ENCODED.test(token))) {
    return undefined;
  }
  return { from: pattern.lastIndex - token.length, to: pattern.lastIndex };
}
