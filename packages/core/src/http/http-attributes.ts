import type { IncomingMessage } from 'node:http';
import type { Attributes } from '../tracing/opentelemetry-types.ts';

// RFC 9110, PATCH (RFC 5789) and QUERY. Others become _OTHER, so that a client cannot invent span names.
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
]);

/** What a request says about itself, by OpenTelemetry's stable semantic conventions for HTTP server spans. */
export interface HttpRequestFacts {
  /** A known method in upper case, or `_OTHER`. */
  method: string;
  scheme: 'http' | 'https';
  path: string;
  attributes: Attributes;
}

/** What a framework tells of the client of a request, for `client.address` and `url.scheme`. */
export interface ClientFacts {
  /** Address of the client, for example `203.0.113.7`. */
  address?: string | undefined;
  /** What the client spoke to the first proxy; anything but `http` and `https` is passed over. */
  scheme?: string | undefined;
}

/**
 * Reads the attributes of a server span from a request. `url.query` is redacted when it is stored.
 * @param url the URL as it came, before any router has rewritten it
 * @param client what the framework knows of the client behind trusted proxies
 * @source https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
 */
export function requestToFacts(
  request: IncomingMessage,
  url: string,
  client?: ClientFacts,
): HttpRequestFacts {
  const given = request.method ?? 'GET';
  const method = toKnownMethod(given);
  const scheme = resolveScheme(request, client);
  const target = url.startsWith('/') ? url : withoutOrigin(url);
  const queryAt = target.indexOf('?');
  const path = queryAt === -1 ? target : target.slice(0, queryAt);
  const attributes = addressAttributes(request, client, method, path, scheme);
  if (method === '_OTHER') {
    attributes['http.request.method_original'] = given;
  }
  if (queryAt !== -1 && queryAt < target.length - 1) {
    attributes['url.query'] = target.slice(queryAt + 1);
  }
  return { method, scheme, path, attributes };
}

/** The method where it is a known one, else `_OTHER`: the attribute `http.request.method`. */
export function toKnownMethod(method: string): string {
  return KNOWN_METHODS.has(method) ? method : '_OTHER';
}

/** The span's name: method and route, never the path. */
export function serverSpanName(method: string, route: string | undefined): string {
  const verb = method === '_OTHER' ? 'HTTP' : method;
  return route === undefined ? verb : `${verb} ${route}`;
}

// A proxy's client may send the absolute form, `GET http://host/path` (RFC 9112, section 3.2.2).
function withoutOrigin(url: string): string {
  const rest = url.replace(/^https?:\/\/[^/?#]*/i, '');
  return rest === url || rest.startsWith('/') ? rest : `/${rest}`;
}

function resolveScheme(request: IncomingMessage, client: ClientFacts | undefined): 'http' | 'https' {
  if (client?.scheme === 'http' || client?.scheme === 'https') {
    return client.scheme;
  }
  return (request.socket as { encrypted?: boolean }).encrypted === true ? 'https' : 'http';
}

// One literal for what nearly every request has: building it property by property takes several times as long.
function addressAttributes(
  request: IncomingMessage,
  client: ClientFacts | undefined,
  method: string,
  path: string,
  scheme: string,
): Attributes {
  const { host, 'user-agent': userAgent } = request.headers;
  const { remoteAddress, remotePort } = request.socket;
  const clientAddress = client?.address ?? remoteAddress;
  const server = host === undefined || host === '' ? undefined : splitHost(host);
  if (
    server?.port === undefined ||
    userAgent === undefined ||
    clientAddress === undefined ||
    remoteAddress === undefined ||
    remotePort === undefined
  ) {
    return knownAttributes(request, clientAddress, server, method, path, scheme);
  }
  return {
    'http.request.method': method,
    'url.path': path,
    'url.scheme': scheme,
    'server.address': server.name,
    'server.port': server.port,
    'client.address': clientAddress,
    'network.peer.address': remoteAddress,
    'network.peer.port': remotePort,
    'network.protocol.version': request.httpVersion,
    'user_agent.original': userAgent,
  };
}

function knownAttributes(
  { headers, socket, httpVersion }: IncomingMessage,
  clientAddress: string | undefined,
  server: HostParts | undefined,
  method: string,
  path: string,
  scheme: string,
): Attributes {
  const { 'user-agent': userAgent } = headers;
  const { remoteAddress, remotePort } = socket;
  return {
    'http.request.method': method,
    'url.path': path,
    'url.scheme': scheme,
    ...(server === undefined ? undefined : { 'server.address': server.name }),
    ...(server?.port === undefined ? undefined : { 'server.port': server.port }),
    ...(clientAddress === undefined ? undefined : { 'client.address': clientAddress }),
    ...(remoteAddress === undefined ? undefined : { 'network.peer.address': remoteAddress }),
    ...(remotePort === undefined ? undefined : { 'network.peer.port': remotePort }),
    'network.protocol.version': httpVersion,
    ...(userAgent === undefined ? undefined : { 'user_agent.original': userAgent }),
  };
}

interface HostParts {
  name: string;
  port: number | undefined;
}

let lastHost: string | undefined;
let lastSplit: HostParts = { name: '', port: undefined };

// A service is called by one name, or a few.
function splitHost(host: string): HostParts {
  if (host !== lastHost) {
    lastHost = host;
    lastSplit = toNameAndPort(host);
  }
  return lastSplit;
}

function toNameAndPort(host: string): HostParts {
  // The colons of an IPv6 address are inside brackets.
  const colon = host.lastIndexOf(':');
  const port = colon > host.lastIndexOf(']') && colon !== -1 ? Number(host.slice(colon + 1)) : Number.NaN;
  return Number.isInteger(port) && port > 0 && port < 65_536
    ? { name: host.slice(0, colon), port }
    : { name: host, port: undefined };
}
