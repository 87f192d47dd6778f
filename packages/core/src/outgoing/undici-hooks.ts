import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { OpenCall, OutgoingCall } from './outgoing-call.ts';

/** What undici 5 to 8 publish, Node's own copy behind `fetch` and the package alike. */
interface UndiciMessage {
  request: UndiciRequest;
  response?: { statusCode?: number };
  error?: unknown;
}

interface UndiciRequest {
  method: string;
  origin?: string | URL;
  path: string;
  /** The protocol a WebSocket or the like changes to. */
  upgrade?: unknown;
  /** Name, value, name, value from undici 6 on; lines of text before. */
  headers: readonly unknown[] | string;
  addHeader?: (name: string, value: string) => unknown;
}

interface CallUnderWay {
  call: OutgoingCall;
  status?: number | undefined;
}

/** Listens to undici's diagnostics channels. Answers how to stop. */
export function installUndiciHooks(open: OpenCall): () => void {
  // Weak: a request that is dropped without an answer takes its call along.
  const underWay = new WeakMap<UndiciRequest, CallUnderWay>();
  const listeners: Record<string, (message: UndiciMessage) => void> = {
    'undici:request:create': ({ request }) => {
      const call = open(() => readTarget(request));
      if (call !== undefined) {
        underWay.set(request, { call });
        for (const [name, value] of Object.entries(call.headers)) {
          request.addHeader?.(name, value);
        }
      }
    },
    'undici:request:headers': ({ request, response }) => {
      const known = underWay.get(request);
      if (known !== undefined) {
        known.status = response?.statusCode;
      }
    },
    'undici:request:trailers': ({ request }) => {
      const known = underWay.get(request);
      known?.call.end({ status: known.status });
    },
    'undici:request:error': ({ request, error }) => {
      const known = underWay.get(request);
      // An application that has seen the head and does not want the body aborts; nothing has failed.
      const isEnough = known?.status !== undefined && (error as { name?: unknown })?.name === 'AbortError';
      known?.call.end({
        status: known.status,
        error: isEnough ? undefined : (error ?? new Error('The request failed.')),
      });
    },
  };
  const guarded = Object.entries(listeners).map(([name, listener]) => [name, guard(listener)] as const);
  guarded.forEach(([name, listener]) => subscribe(name, listener));
  return () => guarded.forEach(([name, listener]) => unsubscribe(name, listener));
}

/** What a listener of a channel throws becomes an uncaught exception of the process. */
function guard(listener: (message: UndiciMessage) => void): (message: unknown) => void {
  return (message) => {
    try {
      listener(message as UndiciMessage);
    } catch {
      // The call is the application's; telemetry must not fail it.
    }
  };
}

function readTarget(request: UndiciRequest): ReturnType<Parameters<OpenCall>[0]> {
  const { method, origin, path } = request;
  // CONNECT speaks to a proxy, about a call that is published by itself.
  if (method === 'CONNECT' || origin === undefined) {
    return undefined;
  }
  // To a proxy without a tunnel goes the absolute form (RFC 9112, section 3.2.2).
  const url = /^https?:\/\//i.test(path) ? new URL(path) : new URL(path, origin);
  const names = headerNames(request.headers);
  // Of an upgrade undici tells neither the answer nor the end.
  return { url, method, hasHeader: (name) => names.has(name), isEndUnknown: Boolean(request.upgrade) };
}

function headerNames(headers: UndiciRequest['headers']): Set<string> {
  const names =
    typeof headers === 'string'
      ? headers.split('\r\n').map((line) => line.slice(0, Math.max(0, line.indexOf(':'))))
      : headers.filter((_, index) => index % 2 === 0).map(String);
  return new Set(names.map((name) => name.trim().toLowerCase()));
}
