import { isSecretName } from './sensitive-key.ts';

/** What stands in the place of a value that must not be recorded. */
export const REDACTED = '[REDACTED]';

/** A piece of a text, from `from` up to but not including `to`. */
export interface TextSpan {
  from: number;
  to: number;
}

/** Options of {@link findPairValue}. */
export interface PairOptions {
  /** For SQL: only string and number literals are values; a column or a parameter is not. */
  onlyLiterals: boolean;
}

const EQUALS = 0x3d;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const MAX_NAME_LENGTH = 64;
const MAX_GAP = 8;

/**
 * Finds the secret of a `name=value`, `name: value` or `"name": "value"` whose separator stands at `separator`, in
 * connection strings, query strings, headers, JSON, SQL and prose. Every step back or ahead is bounded, or consumes what it
 * looked at, so that scanning a text stays linear.
 *
 * @returns undefined where the name is not that of a secret, or there is no value, or it is masked already
 */
export function findPairValue(text: string, separator: number, options: PairOptions): TextSpan | undefined {
  const name = nameBefore(text, separator);
  if (name.length < 3 || !isSecretName(name)) {
    return undefined;
  }
  const start = valueStart(text, separator);
  if (start === undefined || text.startsWith(REDACTED, start)) {
    return undefined;
  }
  if (options.onlyLiterals && !matchesAt(SQL_LITERAL, text, start)) {
    return undefined;
  }
  const quoted = quotedValue(text, start);
  if (quoted !== undefined) {
    return text.startsWith(REDACTED, quoted.from) || quoted.from === quoted.to ? undefined : quoted;
  }
  const lowered = name.toLowerCase();
  if (text.charAt(start) === '[' || text.charAt(start) === '{') {
    // Of credentials the names inside say more.
    return CONTAINER_NAME.test(lowered) ? undefined : { from: start, to: closingBracket(text, start) };
  }
  const isColon = text.charCodeAt(separator) === COLON;
  const to = bareValueEnd(text, start, lowered, isColon);
  return to > start ? { from: start, to } : undefined;
}

/** The word before a separator; a quote, a bracket (also `%5D`) or a little white space may stand between. */
function nameBefore(text: string, separator: number): string {
  let end = separator;
  const lowest = Math.max(0, separator - MAX_GAP);
  while (end > lowest && CLOSERS.includes(text.charAt(end - 1))) {
    end -= 1;
  }
  if (text.slice(Math.max(0, end - 3), end).toLowerCase() === '%5d') {
    end -= 3;
  }
  let start = end;
  while (start > 0 && end - start < MAX_NAME_LENGTH && isNameCode(text.charCodeAt(start - 1))) {
    start -= 1;
  }
  return text.slice(start, end);
}

const CLOSERS = ' \t"\'`\\]';

function isNameCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || // a-z
    (code >= 0x41 && code <= 0x5a) || // A-Z
    (code >= 0x30 && code <= 0x39) || // 0-9
    code === 0x5f || // _
    code === 0x2d || // -
    code === 0x2e // .
  );
}

/** Where the value begins: behind `=`, `==`, `=>` or `:`, and a little white space. A `::` is a cast, not a separator. */
function valueStart(text: string, separator: number): number | undefined {
  let start = separator + 1;
  if (text.charCodeAt(separator) === COLON) {
    if (text.charCodeAt(start) === COLON || text.charCodeAt(separator - 1) === COLON) {
      return undefined;
    }
  } else {
    start = text.charCodeAt(start) === EQUALS ? start + 1 : start;
    start = text.charAt(start) === '>' ? start + 1 : start;
  }
  const highest = start + MAX_GAP;
  while (start < highest && (text.charAt(start) === ' ' || text.charAt(start) === '\t')) {
    start += 1;
  }
  return start;
}

/** The inside of a quoted value, up to its end or, where that is missing, to the end of the text. */
function quotedValue(text: string, start: number): TextSpan | undefined {
  // E'…' and N'…' in SQL, b'…' in Python.
  let open = matchEnd(STRING_PREFIX, text, start);
  while (open < start + MAX_GAP && text.charCodeAt(open) === BACKSLASH) {
    open += 1;
  }
  const quote = text.charAt(open);
  const from = open + 1;
  if (quote !== '"' && quote !== "'" && quote !== '`') {
    return undefined;
  }
  if (text.charCodeAt(open - 1) === BACKSLASH && open > start) {
    // JSON inside of JSON: the closing quote carries the same backslashes as the opening one.
    return { from, to: endOr(text.indexOf(text.slice(start, from), from), text) };
  }
  return { from, to: closingQuote(text, from, quote) };
}

/** Behind the bracket or brace that closes the one at `from`, or the end of the text. */
function closingBracket(text: string, from: number): number {
  const open = text.charAt(from);
  const close = open === '[' ? ']' : '}';
  let depth = 0;
  for (let index = from; index < text.length; index += 1) {
    const character = text.charAt(index);
    depth += character === open ? 1 : character === close ? -1 : 0;
    if (depth === 0) {
      return index + 1;
    }
  }
  return text.length;
}

/** Where the value that begins at `from` is closed, or the end of the text. */
function closingQuote(text: string, from: number, quote: string): number {
  for (let index = from; index < text.length; index += 1) {
    if (text.charCodeAt(index) === BACKSLASH) {
      index += 1;
    } else if (text.charAt(index) === quote) {
      // SQL doubles a quote inside of a literal; two of them at once are the empty value.
      if (index === from || text.charAt(index + 1) !== quote) {
        return index;
      }
      index += 1;
    }
  }
  return text.length;
}

function endOr(index: number, text: string): number {
  return index <= 0 ? text.length : index;
}

const STRING_PREFIX = /(?:[EeNnBbRrFfUuXx]|[Rr][Bb]|[Bb][Rr]|[Uu]&)(?=["'])/y;
const SQL_LITERAL = /[EeNn]?'|[0-9]/y;
const PLACEHOLDER = /(?:\$[0-9]{1,5}|\?|%s|\*{3,16}|null|undefined|true|false)(?=[\s,;&)}\]"']|$)/iy;
const REST_OF_LINE = /[^\r\n"']*/y;
const AUTHORIZATION_VALUE = /digest [^\r\n]*|[a-z][\w-]{0,31}[ \t]{1,4}[^\s,;"'<>]+|[^\s,;"'<>]+/iy;
// "Unexpected token: foo" is a parser's complaint, and "auth: login failed" a prefix of a log line; "token: a8f3…" is neither.
const PROSE_NAME = /^(?:token|auth|pass|bearer|credentials?|csrf|xsrf|jwt)$/;
const CONTAINER_NAME = /^(?:auth|credentials?)$/;
const COOKIE_NAME = /cookies?2?$/;
const AUTHORIZATION_NAME = /authorization$/;

function bareValueEnd(text: string, start: number, name: string, isColon: boolean): number {
  if (matchesAt(PLACEHOLDER, text, start)) {
    return start;
  }
  if (COOKIE_NAME.test(name)) {
    return matchEnd(REST_OF_LINE, text, start);
  }
  if (AUTHORIZATION_NAME.test(name)) {
    return matchEnd(AUTHORIZATION_VALUE, text, start);
  }
  const end = wordEnd(text, start);
  return isColon && PROSE_NAME.test(name) && isPlainWord(text, start, end) ? start : end;
}

const MAYBE_VALUE_END = /[\s&;,"'`]/g;
const BEHIND_COMMA = /[\w.-]{1,64}["']?[=:]|[\s"']|$/y;
const BEHIND_QUOTE = /[\s,;:&)\]}>.]|$/y;
const TRAILING = /[)\]}>.,!]/;

/** The end of an unquoted value. A comma or a quote may be part of it, unless what follows looks as if it were not. */
function wordEnd(text: string, start: number): number {
  let end = start - 1;
  do {
    // From stop to stop, never to the end of the text first: a thousand short values in a row are looked at once.
    MAYBE_VALUE_END.lastIndex = end + 1;
    end = MAYBE_VALUE_END.exec(text)?.index ?? text.length;
  } while (!isValueEnd(text, end));
  while (end > start && TRAILING.test(text.charAt(end - 1))) {
    end -= 1;
  }
  return end;
}

function isValueEnd(text: string, end: number): boolean {
  switch (text.charAt(end)) {
    case ',':
      return matchesAt(BEHIND_COMMA, text, end + 1);
    case '"':
    case "'":
    case '`':
      return matchesAt(BEHIND_QUOTE, text, end + 1);
    default:
      return true;
  }
}

function isPlainWord(text: string, start: number, end: number): boolean {
  return end - start < 16 && /^[A-Za-z'-]+$/.test(text.slice(start, end));
}

function matchesAt(sticky: RegExp, text: string, index: number): boolean {
  sticky.lastIndex = index;
  return sticky.test(text);
}

function matchEnd(sticky: RegExp, text: string, index: number): number {
  sticky.lastIndex = index;
  return sticky.test(text) ? sticky.lastIndex : index;
}
