import type { OutgoingTarget } from './outgoing-call.ts';

/** The arguments of `http.request` and its like: `(url, options?, callback?)` or `(options, callback?)`. */
export type RequestArguments = readonly unknown[];

interface RequestOptionsLike {
  protocol?: unknown;
  hostname?: unknown;
  host?: unknown;
  port?: unknown;
  defaultPort?: unknown;
  path?: unknown;
  method?: unknown;
  headers?: unknown;
  agent?: { defaultPort?: unknown } | false | null;
}

interface UrlLike {
  href: string;
}

/**
 * Reads where a call of `http.request` leads, as Node does; undefined for a CONNECT, which speaks to a proxy.
 *
 * @param scheme of the module that was called: `http:` or `https:`
 * @throws what `new URL` throws on something that is no URL
 */
export function readRequestArguments(args: RequestArguments, scheme: string): OutgoingTarget | undefined {
  const [first] = args;
  const base = isUrl(first) ? new URL(typeof first === 'string' ? first : first.href) : undefined;
  const options = optionsOf(args);
  const method = String(options.method ?? 'GET').toUpperCase();
  if (method === 'CONNECT') {
    return undefined;
  }
  return {
    url: resolveUrl(base, options, scheme),
    method,
    hasHeader: (wanted) => headerNames(options.headers).some((name) => name.toLowerCase() === wanted),
  };
}

/**
 * Whether Node writes the head of such a request down at once, so that no header can be added when it tells of it: where the
 * headers are a list, and where the caller asks for `100-continue`.
 */
export function isWrittenAtOnce(args: RequestArguments): boolean {
  const { headers } = optionsOf(args);
  return Array.isArray(headers) || headerNames(headers).some((name) => name.toLowerCase() === 'expect');
}

/** The same arguments with further headers; nothing that came in is changed. */
export function withHeaders(args: RequestArguments, added: Readonly<Record<string, string>>): unknown[] {
  const options = optionsOf(args);
  const headers = Array.isArray(options.headers)
    ? appendToList(options.headers, Object.entries(added))
    : { ...(options.headers as object | undefined), ...added };
  const rest = args.filter((arg, index) => index > 0 && typeof arg === 'function');
  return [...(isUrl(args[0]) ? [args[0]] : []), { ...options, headers }, ...rest];
}

// Node asks for the shape, so that URLs of other realms and of polyfills count.
function isUrl(value: unknown): value is string | UrlLike {
  if (typeof value === 'string') {
    return true;
  }
  const { href, protocol, auth, path } = (value ?? {}) as Record<string, unknown>;
  return Boolean(href) && Boolean(protocol) && auth === undefined && path === undefined;
}

function optionsOf(args: RequestArguments): RequestOptionsLike {
  const options = isUrl(args[0]) ? args[1] : args[0];
  return typeof options === 'object' && options !== null ? options : {};
}

function resolveUrl(base: URL | undefined, options: RequestOptionsLike, scheme: string): URL {
  const target = String(options.path ?? (base === undefined ? '/' : base.pathname + base.search));
  // To a proxy without a tunnel goes the absolute form (RFC 9112, section 3.2.2).
  if (/^https?:\/\//i.test(target)) {
    return new URL(target);
  }
  const protocol = options.protocol || base?.protocol || scheme;
  const host = options.hostname || base?.hostname || options.host || 'localhost';
  return new URL(`${toOrigin(String(protocol), String(host), resolvePort(base, options))}${target}`);
}

function resolvePort(base: URL | undefined, { port, defaultPort, agent }: RequestOptionsLike): unknown {
  return port || base?.port || defaultPort || (agent === false ? undefined : agent?.defaultPort);
}

/** `https://host:8443`; an IPv6 address may come without its brackets. */
export function toOrigin(protocol: string, host: string, port: unknown): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `${protocol}//${name}${port === undefined ? '' : `:${String(port)}`}`;
}

function headerNames(headers: unknown): string[] {
  if (Array.isArray(headers)) {
    const list: readonly unknown[] = headers;
    return isListOfPairs(list)
      ? list.map(([name]) => String(name))
      : list.filter((_, index) => index % 2 === 0).map(String);
  }
  return typeof headers === 'object' && headers !== null ? Object.keys(headers) : [];
}

// Node takes both [['name', 'value']] and ['name', 'value'].
function isListOfPairs(headers: readonly unknown[]): headers is readonly unknown[][] {
  return headers.length > 0 && headers.every((each) => Array.isArray(each));
}

function appendToList(headers: readonly unknown[], added: readonly [string, string][]): unknown[] {
  return isListOfPairs(headers) ? [...headers, ...added] : [...headers, ...added.flat()];
}
