/**
 * What the name of a value says about it: `secret` (masked whatever it is), `url` (its query values are masked), `query`
 * (a query string without its URL), `sql` (SQL text, where only literals can be secrets), `connection` (may hold
 * `user:password@` without a scheme), `plain` (only what looks like a credential is masked).
 */
export type KeyKind = 'secret' | 'url' | 'query' | 'sql' | 'connection' | 'plain';

const MAX_KEY_LENGTH = 256;
const MAX_CACHED_KEYS = 2_000;
const cache = new Map<string, KeyKind>();

/**
 * Classifies the name of an attribute, label, header, query parameter or setting. Case, `_`, `-` and camel case make no
 * difference, and only the last dotted segment that is not a number counts: `http.request.header.authorization.0`,
 * `set-cookie`, `userPassword`.
 *
 * A name is secret by what it ends with, the noun, so `password_changed_at`, `token_count`, `cookie_policy` and `author`
 * are not; nor is a question such as `has_password`.
 */
export function keyKind(key: string): KeyKind {
  const known = cache.get(key);
  if (known !== undefined) {
    return known;
  }
  const kind = classify(key.length > MAX_KEY_LENGTH ? key.slice(-MAX_KEY_LENGTH) : key);
  if (key.length <= MAX_KEY_LENGTH) {
    if (cache.size >= MAX_CACHED_KEYS) {
      cache.clear();
    }
    // A copy: the key may be a piece of a large text, which would stay in memory with it.
    cache.set(Buffer.from(key).toString(), kind);
  }
  return kind;
}

// Every secret name has one of these in it; in a text of many names it spares nearly all of them the full look.
const MAYBE_SECRET =
  /pass|pwd|secret|token|credential|auth|cookie|jwt|key|otp|cv[cv]|ssn|card|bearer|srf|sessid|\.sid/i;

/** Whether `name`, a word found in a text, is that of a secret. Not cached: texts hold any number of names. */
export function isSecretName(name: string): boolean {
  return MAYBE_SECRET.test(name) && (cache.get(name) ?? classify(name)) === 'secret';
}

const WORDS = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;
const NUMBER = /^[0-9]+$/;

const SECRET_NOUN = new RegExp(
  '(?:' +
    [
      'passwords?|passwd|passwort|passphrase|pwd',
      '(?:password|passwd|pwd)(?:hash|digest|salt|plain|text|value|confirm|confirmation|repeat|again|new|old|current)',
      '(?:db|user|smtp|mail|redis|pg|mysql|postgres|admin|ftp|basic|auth|proxy|login|root|require)pass',
      'secrets?|credentials?|authorization|authorizationcode|authcode|basicauth|cookies?|jwt',
      'token|(?:access|refresh|auth|bearer|api|session|csrf|xsrf|security)tokens',
      'apikeys?|(?:private|secret|access|signing|encryption|master|account|shared|auth|ssh|subscription)keys?',
      'accesskeyid|jsessionid|phpsessid|otp|cvv|cvc|ssn|cardnumber|creditcard',
    ].join('|') +
    ')$',
);
const SECRET_WHOLE = new Set(['pass', 'auth', 'xauth', 'bearer', 'csrf', 'xsrf']);
const SECRET_KEYS = new Set(['connect.sid']);
// Positions in a list and marks in a text are called tokens too.
const HARMLESS_TOKEN =
  /(?:page|next|continuation|sync|cursor|cancel|cancellation|abort|stop|start|eos|bos|pad|unk|unexpected)token$/;
const QUESTION =
  /^(?:has|had|is|needs|requires?|uses?|no|num|accepts|allows?|enables?|disables?|supports|missing|without|show|hide|forgot)$/;

const URL_KEYS = new Set(['url.full', 'url.original', 'http.target']);
const URL_NOUN = /(?:url|uri|href|referer|referrer)$/;
const LOCATION_HEADER = /\.header\.location(?:\.[0-9]+)?$/;
const SQL_KEYS = new Set(['db.query.text', 'db.statement', 'sql']);
const CONNECTION_NOUN = /(?:dsn|connectionstring)$/;

function classify(key: string): KeyKind {
  const words = wordsOf(lastSegment(key));
  const noun = words.join('');
  const lowered = key.toLowerCase();
  if (isSecret(lowered, noun, words)) {
    return 'secret';
  }
  if (lowered === 'url.query') {
    return 'query';
  }
  if (URL_KEYS.has(lowered) || URL_NOUN.test(noun) || LOCATION_HEADER.test(lowered)) {
    return 'url';
  }
  if (SQL_KEYS.has(lowered)) {
    return 'sql';
  }
  return CONNECTION_NOUN.test(noun) ? 'connection' : 'plain';
}

function isSecret(key: string, noun: string, words: readonly string[]): boolean {
  if (SECRET_KEYS.has(key) || SECRET_WHOLE.has(noun)) {
    return true;
  }
  const isQuestion = words.length > 1 && QUESTION.test(words[0] ?? '');
  return SECRET_NOUN.test(noun) && !HARMLESS_TOKEN.test(noun) && !isQuestion;
}

/** The words of a name in lower case, without a number at its end. */
function wordsOf(segment: string): string[] {
  const words = segment.match(WORDS)?.map((word) => word.toLowerCase()) ?? [];
  while (words.length > 1 && NUMBER.test(words.at(-1) ?? '')) {
    words.pop();
  }
  return words;
}

function lastSegment(key: string): string {
  const segments = key.split('.');
  return segments.findLast((segment) => segment !== '' && !NUMBER.test(segment)) ?? key;
}
