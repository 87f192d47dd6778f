import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { errorMonitor } from 'node:events';
import http from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import type { OpenCall, OutgoingCall, OutgoingTarget } from './outgoing-call.ts';
import { isWrittenAtOnce, readRequestArguments, toOrigin, withHeaders } from './request-arguments.ts';
import type { RequestArguments } from './request-arguments.ts';

const CREATED = 'http.client.request.created';

/** Hooks into `node:http` and `node:https`. Answers how to take them out. */
export function installHttpHooks(open: OpenCall): () => void {
  if (!publishesCreated(process.versions.node)) {
    return wrapModules(open, () => true);
  }
  // The channel sees every request, whoever took the function out of the module before; but some come to it too late.
  const uninstallers = [listenToCreated(open), wrapModules(open, isWrittenAtOnce)];
  return () => uninstallers.forEach((each) => each());
}

/**
 * Whether Node publishes `http.client.request.created`, the only channel that comes before the headers are sent: from 22.12
 * and 23.2 on. Nobody can ask a channel whether it will ever be published to.
 */
export function publishesCreated(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 24 || (major === 23 && minor >= 2) || (major === 22 && minor >= 12);
}

/** Ends the call when the request has closed, and adds no listener that would change what Node does. */
function watch(request: ClientRequest, call: OutgoingCall): void {
  let failure: unknown;
  // A listener for `error` itself would swallow what nobody else handles, and one for `response` would leave a body that
  // nobody reads standing in its socket.
  request.once(errorMonitor, (error: unknown) => {
    failure ??= error;
  });
  request.once('close', () => {
    const response = (request as { res?: IncomingMessage | null }).res ?? undefined;
    call.end({
      status: response?.statusCode,
      error: failure ?? response?.errored ?? undefined,
      protocolVersion: response?.httpVersion,
    });
  });
}

function listenToCreated(open: OpenCall): () => void {
  const listener = (message: unknown): void => {
    if (isInside) {
      return;
    }
    try {
      const { request } = message as { request: ClientRequest };
      const call = open(() => requestToTarget(request));
      if (call === undefined) {
        return;
      }
      watch(request, call);
      // True where the wrapper was passed by: a function taken out of the module before `start()`, `new ClientRequest`.
      if (!request.headersSent) {
        Object.entries(call.headers).forEach(([name, value]) => request.setHeader(name, value));
      }
    } catch {
      // What a listener of a channel throws becomes an uncaught exception of the process.
    }
  };
  subscribe(CREATED, listener);
  return () => {
    unsubscribe(CREATED, listener);
  };
}

function requestToTarget(request: ClientRequest): OutgoingTarget | undefined {
  const { method, protocol, host, path } = request;
  if (method === 'CONNECT') {
    return undefined;
  }
  // Once written down, the headers are text only.
  const written = (request as { _header?: string | null })._header ?? '';
  const hasHeader = (name: string): boolean =>
    request.hasHeader(name) || written.toLowerCase().includes(`\r\n${name}:`);
  if (/^https?:\/\//i.test(path)) {
    return { url: new URL(path), method, hasHeader };
  }
  // The port is only in the Host header; the name there may be another one than is connected to.
  const hostHeader = String(request.getHeader('host') ?? /\r\nhost: *([^\r]*)/i.exec(written)?.[1] ?? '');
  const port = /:(\d+)$/.exec(hostHeader)?.[1];
  return { url: new URL(`${toOrigin(protocol, host, port)}${path}`), method, hasHeader };
}

type RequestFunction = (...args: unknown[]) => ClientRequest;
type RequestModule = Record<'request' | 'get', RequestFunction>;

type OpenRequest = (args: RequestArguments) => OutgoingCall | undefined;

function wrapModules(open: OpenCall, isOurs: (args: RequestArguments) => boolean): () => void {
  const toOpen =
    (scheme: string): OpenRequest =>
    (args) =>
      open(() => (isOurs(args) ? readRequestArguments(args, scheme) : undefined));
  const modules: [RequestModule, OpenRequest][] = [
    [http as unknown as RequestModule, toOpen('http:')],
    [https as unknown as RequestModule, toOpen('https:')],
  ];
  const restorers = modules.flatMap(([module, openRequest]) => [
    replace(module, 'request', openRequest),
    replace(module, 'get', openRequest),
  ]);
  // Makes `import { request } from 'node:http'` see the change.
  syncBuiltinESMExports();
  return () => {
    restorers.forEach((restore) => restore());
    syncBuiltinESMExports();
  };
}

function replace(module: RequestModule, name: 'request' | 'get', open: OpenRequest): () => void {
  const original = module[name];
  let isActive = true;
  const wrapper = wrap(original, (args) => (isActive ? open(args) : undefined));
  module[name] = wrapper;
  return () => {
    isActive = false;
    // Somebody who has wrapped after us holds on to our function, which from now on only passes through.
    if (module[name] === wrapper) {
      module[name] = original;
    }
  };
}

// True while a function of ours calls the one it has replaced: one that is built on another is one call, not two.
let isInside = false;

function wrap(original: RequestFunction, open: OpenRequest): RequestFunction {
  const wrapper = function (this: unknown, ...args: unknown[]): ClientRequest {
    const call = isInside ? undefined : open(args);
    if (call === undefined) {
      return Reflect.apply(original, this, args);
    }
    const hasHeaders = Object.keys(call.headers).length > 0;
    isInside = true;
    try {
      const request = Reflect.apply(original, this, hasHeaders ? withHeaders(args, call.headers) : args);
      watchSafely(request, call);
      return request;
    } finally {
      isInside = false;
    }
  };
  // Name, length, and the marks that other wrappers have left.
  return Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
}

function watchSafely(request: unknown, call: OutgoingCall): void {
  try {
    watch(request as ClientRequest, call);
  } catch {
    // A double in a test that is no emitter.
  }
}
