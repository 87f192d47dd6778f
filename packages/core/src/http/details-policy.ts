import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';

/** To whom a probe tells each check. */
export interface ProbeDetailsOptions<Request extends IncomingMessage = IncomingMessage> {
  /**
   * Whether the answer tells each check with its message and duration: `never`, `always`, or `when-authorized`, as `authorize` or
   * `secret` say. Default: `when-authorized` where one of these is given, else `never`, because probes are often reachable from
   * outside. True is `always`, false is `never`, and a function is `authorize`.
   */
  showDetails?:
    | 'never'
    | 'when-authorized'
    | 'always'
    | boolean
    | ((request: Request) => boolean)
    | undefined;
  /** Whether this request may see the details. One that throws says no. */
  authorize?: ((request: Request) => boolean) | undefined;
  /** Who sends it as `Authorization: Bearer …` may see the details, too; 1 to 1,024 visible ASCII characters. */
  secret?: string | undefined;
}

const MODES = ['never', 'when-authorized', 'always'];

/**
 * For adapters: a function that tells whether a request may see what each check says. It never throws.
 * @param owner what the options belong to, for messages
 * @throws `INVALID_OPTION`
 */
export function createDetailsPolicy(
  options: ProbeDetailsOptions,
  owner: string,
): (request: IncomingMessage) => boolean {
  const rules = toRules(options, owner);
  const mode = toMode(options.showDetails, rules.length > 0);
  if (mode === undefined) {
    const got = describeValue(options.showDetails);
    const expected = "'never', 'when-authorized', 'always', or a function of the request";
    throw invalid(owner, 'showDetails', got, expected);
  }
  if (mode === 'when-authorized' && rules.length === 0) {
    const expected = "a function of the request, or a secret: 'when-authorized' needs one";
    throw invalid(owner, 'authorize', 'undefined', expected);
  }
  return mode === 'when-authorized'
    ? (request) => rules.some((rule) => isAllowed(rule, request))
    : () => mode === 'always';
}

type Rule = (request: IncomingMessage) => boolean;

/** Each of which is enough. */
function toRules({ showDetails, authorize, secret }: ProbeDetailsOptions, owner: string): Rule[] {
  if (authorize !== undefined && typeof authorize !== 'function') {
    throw invalid(owner, 'authorize', describeValue(authorize), 'a function of the request');
  }
  if (secret !== undefined && !(typeof secret === 'string' && /^[\x21-\x7e]{1,1024}$/u.test(secret))) {
    // Not the text itself: it may be the secret, with a line feed at its end.
    const got = typeof secret === 'string' ? `text of ${secret.length} characters` : describeValue(secret);
    throw invalid(owner, 'secret', got, '1 to 1,024 visible ASCII characters');
  }
  return [
    ...(typeof showDetails === 'function' ? [showDetails] : []),
    ...(authorize === undefined ? [] : [authorize]),
    ...(secret === undefined ? [] : [createSecretCheck(secret)]),
  ];
}

function toMode(showDetails: unknown, hasRules: boolean): string | undefined {
  switch (typeof showDetails) {
    case 'undefined':
      return hasRules ? 'when-authorized' : 'never';
    case 'function':
      return 'when-authorized';
    case 'boolean':
      return showDetails ? 'always' : 'never';
    default:
      return MODES.find((mode) => mode === showDetails);
  }
}

function isAllowed(rule: Rule, request: IncomingMessage): boolean {
  try {
    // What is not a boolean, such as a promise, is no permission.
    return rule(request) === true;
  } catch {
    return false;
  }
}

/** Compares digests, which are of one length, in a time that tells nothing about the secret. */
function createSecretCheck(secret: string): Rule {
  const expected = digest(secret);
  return ({ headers }) => {
    const given = /^Bearer +([\x21-\x7e]{1,1024})$/iu.exec(headers.authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), expected);
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function invalid(owner: string, name: string, got: string, expected: string): ObservabilityError {
  return new ObservabilityError('INVALID_OPTION', `${name} of ${owner} is ${got}; expected ${expected}.`);
}
