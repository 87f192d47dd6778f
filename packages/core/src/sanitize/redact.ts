import { REDACTED } from './find-pair-value.ts';
import type { Redact } from './redact-function.ts';
import { redactSql, redactText } from './redact-text.ts';
import { keyKind } from './sensitive-key.ts';
import type { KeyKind } from './sensitive-key.ts';

export { redactText } from './redact-text.ts';
export type { Redact } from './redact-function.ts';
export { REDACTED } from './find-pair-value.ts';

/**
 * What is masked unless `createRedact` is told otherwise:
 * - the whole value of a secret's name: `authorization`, `set-cookie`, `userPassword`, `access_token`, `x-api-key`, … (but not
 *   `token_count`, `cookie_policy`, `password_changed_at`); null and undefined stay;
 * - every query value of URLs, by name: `url.full`, `url.query`, `http.url`, `http.target`, and all that end with `url`, `uri`,
 *   `href`, `referer`; the names of the parameters stay;
 * - in all other strings what `redactText` masks. In SQL (`db.query.text`, `db.statement`) only literals.
 *
 * @example
 * ```ts
 * defaultRedact('user.password', 'x');                     // '[REDACTED]'
 * defaultRedact('url.full', 'https://shop/o?id=7&lang=de'); // 'https://shop/o?id=[REDACTED]&lang=[REDACTED]'
 * ```
 */
export const defaultRedact: Redact = (key, value) => {
  const kind = keyKind(key);
  if (kind === 'secret') {
    return value === undefined || value === null ? value : REDACTED;
  }
  if (typeof value === 'string') {
    return redactString(kind, value);
  }
  return Array.isArray(value) ? redactStrings(kind, value) : value;
};

/** Options of {@link createRedact}. */
export interface CreateRedactOptions {
  /** Whether `defaultRedact` runs first; default true. Without it nothing but the user's function masks anything. */
  defaults?: boolean;
}

/**
 * Joins the default rules with a user's function, which gets what the defaults have left. What it does wrong never escapes:
 * where it throws, or answers with a promise, the value becomes `[REDACTED]`.
 *
 * @example
 * ```ts
 * const redact = createRedact((key, value) => (key === 'user.email' ? '[email]' : value));
 * ```
 */
export function createRedact(userRedact?: Redact, options: CreateRedactOptions = {}): Redact {
  if (userRedact !== undefined && composed.has(userRedact)) {
    return userRedact;
  }
  const redact = compose(userRedact, options.defaults ?? true);
  composed.add(redact);
  return redact;
}

// What was composed once is complete: the classes of one instance share it, and the default rules must not come back.
const composed = new WeakSet<Redact>([defaultRedact]);

function compose(userRedact: Redact | undefined, defaults: boolean): Redact {
  if (userRedact === undefined) {
    return defaults ? defaultRedact : (_key, value) => value;
  }
  return (key, value) => {
    try {
      const result = userRedact(key, defaults ? defaultRedact(key, value) : value);
      return result instanceof Promise ? refusePromise(result) : result;
    } catch {
      return REDACTED;
    }
  };
}

function refusePromise(promise: Promise<unknown>): string {
  // Nobody waits for it, and an unhandled rejection would end the process.
  promise.catch(() => undefined);
  return REDACTED;
}

function redactString(kind: KeyKind, value: string): string {
  switch (kind) {
    case 'url':
      return maskQuery(redactText(value), false);
    case 'query':
      return maskQuery(redactText(value), true);
    case 'sql':
      return redactSql(value);
    case 'connection':
      return redactText(value).replace(CREDENTIALS_AT_START, `${REDACTED}@`);
    default:
      return redactText(value);
  }
}

// Go's MySQL driver and others write user:password@tcp(host)/database.
const CREDENTIALS_AT_START = /^[^\s:@/]*:(?!\/\/)[^\s@]*@/;

/** The same list where no element changed. */
function redactStrings(kind: KeyKind, values: readonly unknown[]): readonly unknown[] {
  let masked: unknown[] | undefined;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    const result = typeof value === 'string' ? redactString(kind, value) : value;
    if (result !== value) {
      masked ??= [...values];
      masked[index] = result;
    }
  }
  return masked ?? values;
}

/** Masks every value of a URL's query and of a fragment that is written like a query. */
function maskQuery(url: string, isBareQuery: boolean): string {
  const hash = url.indexOf('#');
  const address = hash === -1 ? url : url.slice(0, hash);
  const fragment = hash === -1 ? '' : url.slice(hash);
  const question = address.indexOf('?');
  const start = question === -1 && !isBareQuery ? address.length : question + 1;
  return address.slice(0, start) + maskValues(address.slice(start)) + maskFragment(fragment);
}

function maskFragment(fragment: string): string {
  const start = fragment.indexOf('?') === -1 ? Math.min(1, fragment.length) : fragment.indexOf('?') + 1;
  return fragment.slice(0, start) + maskValues(fragment.slice(start));
}

function maskValues(query: string): string {
  return query.includes('=') ? query.replace(/=[^&]+/g, `=${REDACTED}`) : query;
}
