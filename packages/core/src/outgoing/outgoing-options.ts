import { ObservabilityError } from '../errors/observability-error.ts';
import { isPrivateHost } from './private-host.ts';

/** Which hosts get the headers: see {@link OutgoingOptions.propagateTo}. */
export type PropagateTo = 'private' | 'all' | readonly (string | RegExp)[] | ((url: URL) => boolean);

/** What happens to the calls the application makes with `fetch`, undici, `node:http`, `node:https` and what stands on them. */
export interface OutgoingOptions {
  /**
   * Which hosts get `traceparent`, `tracestate`, `baggage` and `x-correlation-id`.
   *
   * Default `private`: loopback and private addresses, names without a dot, and names under `.localhost`, `.local`,
   * `.internal` and `.svc`. That joins the services of one cluster, and tells no third party the application's IDs or what
   * its baggage says. A list names hosts: `api.example.com`, `*.example.com` for everything below it, `api.example.com:8443`
   * for one port, or a regular expression over the host name; it replaces the default. `all` is for where every call goes to
   * services of one's own. An empty list sends nothing.
   */
  propagateTo?: PropagateTo | undefined;
  /**
   * `with-parent` (default): a client span where a span is active, so that polling in the background makes no traces. `true`:
   * a span for every call. `false`: none. The metric `http.client.request.duration` counts all of them.
   */
  spans?: boolean | 'with-parent' | undefined;
}

/** The options with their defaults filled in. */
export interface ResolvedOutgoing {
  spans: 'all' | 'with-parent' | 'none';
  mayPropagateTo: (url: URL) => boolean;
}

/**
 * Checks the option `outgoing` of `createObservability`.
 * @throws `INVALID_OPTION`
 */
export function resolveOutgoing(options: OutgoingOptions | undefined): ResolvedOutgoing {
  if (typeof (options ?? {}) !== 'object' || options === null) {
    throw invalid(
      'outgoing',
      options,
      "false, or for example { propagateTo: ['*.example.com'], spans: true }",
    );
  }
  return {
    spans: resolveSpans(options?.spans ?? 'with-parent'),
    mayPropagateTo: resolvePropagateTo(options?.propagateTo ?? 'private'),
  };
}

function resolveSpans(spans: unknown): ResolvedOutgoing['spans'] {
  switch (spans) {
    case true:
      return 'all';
    case false:
      return 'none';
    case 'with-parent':
      return 'with-parent';
    default:
      throw invalid('outgoing.spans', spans, "true, false or 'with-parent'");
  }
}

function resolvePropagateTo(propagateTo: unknown): (url: URL) => boolean {
  if (propagateTo === 'all') {
    return () => true;
  }
  if (propagateTo === 'private') {
    return (url) => isPrivateHost(url.hostname);
  }
  if (typeof propagateTo === 'function') {
    return (url) => isTrueFor(propagateTo as (url: URL) => unknown, url);
  }
  if (Array.isArray(propagateTo) && propagateTo.every(isPattern)) {
    const tests = propagateTo.map(toTest);
    return (url) => tests.some((matches) => matches(url));
  }
  throw invalid(
    'outgoing.propagateTo',
    propagateTo,
    "'private', 'all', a function of the URL, or a list of host names and regular expressions, for example ['api.example.com', '*.example.org']",
  );
}

function isTrueFor(isAllowed: (url: URL) => unknown, url: URL): boolean {
  try {
    // A copy, so that the function cannot change the URL for whoever comes after.
    return isAllowed(new URL(url)) === true;
  } catch {
    return false;
  }
}

function isPattern(value: unknown): value is string | RegExp {
  // A URL or a path in the list would silently match nothing.
  return value instanceof RegExp || (typeof value === 'string' && /^[^\s/?#@]+$/.test(value));
}

function toTest(pattern: string | RegExp): (url: URL) => boolean {
  if (pattern instanceof RegExp) {
    // A copy without `g` and `y`: those remember where they stopped, and every second call would be missed.
    const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    return (url) => stateless.test(url.hostname);
  }
  const host = pattern.toLowerCase();
  if (host.startsWith('*.')) {
    return (url) => url.hostname.endsWith(host.slice(1));
  }
  return (url) => url.hostname === host || `${url.hostname}:${portOf(url)}` === host;
}

/** The port a URL leads to, the scheme's own where it names none. */
export function portOf(url: URL): number {
  if (url.port !== '') {
    return Number(url.port);
  }
  return url.protocol === 'https:' || url.protocol === 'wss:' ? 443 : 80;
}

function invalid(name: string, value: unknown, expected: string): ObservabilityError {
  const got = Array.isArray(value) ? `[${value.map(String).join(', ')}]` : String(value);
  return new ObservabilityError('INVALID_OPTION', `${name} is ${got.slice(0, 120)}; expected ${expected}.`);
}
