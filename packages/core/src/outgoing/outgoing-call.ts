import { activeTrace } from '../context/correlation-id.ts';
import { serverSpanName, toKnownMethod } from '../http/http-attributes.ts';
import { exemplarTrace } from '../tracing/exemplar-trace.ts';
import type { Attributes } from '../tracing/opentelemetry-types.ts';
import { propagationHeaders } from '../tracing/propagation-headers.ts';
import { errorType } from '../tracing/record-error.ts';
import { TracingContext } from '../tracing/tracing-context.ts';
import type { CallDurations } from './call-durations.ts';
import { portOf } from './outgoing-options.ts';
import type { ResolvedOutgoing } from './outgoing-options.ts';

interface Server {
  address: string;
  port: number;
}

const CLIENT_KIND = 2;
const ERROR_STATUS = 2;
// What every HTTP client takes as the value of a header.
const HEADER_VALUE = /^[\t\x20-\x7e]+$/;

/** A call that is about to be sent. */
export interface OutgoingTarget {
  url: URL;
  /** As the caller wrote it. */
  method: string;
  /** True for a header the caller has set; asked in lower case. */
  hasHeader: (name: string) => boolean;
  /** True where nobody will say when the call has ended: it gets headers and no span. */
  isEndUnknown?: boolean;
}

/** How a call ended. */
export interface OutgoingOutcome {
  /** Status of the response; undefined when none came. */
  status?: number | undefined;
  /** What went wrong on the way. */
  error?: unknown;
  /** Version of HTTP, for example `1.1`. */
  protocolVersion?: string | undefined;
}

/** One call from its start to its end: the span, the headers to add and the metric. */
export interface OutgoingCall {
  /** What to add to the request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Ends the span and counts the call; later calls of this function do nothing. */
  end(outcome: OutgoingOutcome): void;
}

/** Opens a call for the hooks; undefined where it is to be left alone. Never throws. */
export type OpenCall = (read: () => OutgoingTarget | undefined) => OutgoingCall | undefined;

/**
 * Opens a call: a client span by OpenTelemetry's stable conventions, the headers, the clock. A call that carries a
 * `traceparent` belongs to whoever set it, the application or another instrumentation: it gets neither, and is only counted.
 *
 * @source https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 */
export function openOutgoingCall(
  target: OutgoingTarget,
  { spans, mayPropagateTo }: ResolvedOutgoing,
  durations: Pick<CallDurations, 'record'>,
): OutgoingCall {
  const { url, hasHeader } = target;
  const server = { address: url.hostname.replace(/^\[|\]$/g, ''), port: portOf(url) };
  const method = toKnownMethod(target.method.toUpperCase());
  const isForeign = hasHeader('traceparent');
  const wantsSpan = spans === 'all' || (spans === 'with-parent' && activeTrace() !== undefined);
  const operation =
    isForeign || !wantsSpan || target.isEndUnknown === true
      ? undefined
      : new TracingContext(serverSpanName(method, undefined), toAttributes(target, method, server), {
          options: { kind: CLIENT_KIND },
        });
  const startedAt = performance.now();
  let ended = false;
  return {
    headers: isForeign || !mayPropagateTo(url) ? {} : missingHeaders(operation, hasHeader),
    end(outcome) {
      if (!ended) {
        ended = true;
        const failure = failureOf(outcome);
        const durationSeconds = (performance.now() - startedAt) / 1_000;
        const labels = { method, ...server, status: outcome.status, failure };
        durations.record(labels, durationSeconds, exemplarTrace(operation));
        endSpan(operation, outcome, failure);
      }
    },
  };
}

function toAttributes({ url, method: given }: OutgoingTarget, method: string, server: Server): Attributes {
  // Credentials have no place in a span, wherever it is exported to; what the query says is masked when it is stored.
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return {
    'http.request.method': method,
    ...(method === '_OTHER' ? { 'http.request.method_original': given } : {}),
    'server.address': server.address,
    'server.port': server.port,
    'url.full': shown.href,
  };
}

function missingHeaders(
  operation: TracingContext | undefined,
  hasHeader: OutgoingTarget['hasHeader'],
): Record<string, string> {
  const headers = operation === undefined ? propagationHeaders() : operation.run(propagationHeaders);
  const missing = Object.entries(headers).filter(
    ([name, value]) => !hasHeader(name) && HEADER_VALUE.test(value),
  );
  return Object.fromEntries(missing);
}

// A 4xx is the client's failure, and this is the client.
function failureOf({ status, error }: OutgoingOutcome): string | undefined {
  if (error !== undefined) {
    const { code } = (error ?? {}) as { code?: unknown };
    return typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : errorType(error);
  }
  return status !== undefined && status >= 400 ? String(status) : undefined;
}

function endSpan(
  operation: TracingContext | undefined,
  { status, error, protocolVersion }: OutgoingOutcome,
  failure: string | undefined,
): void {
  if (operation === undefined) {
    return;
  }
  if (status !== undefined) {
    operation.setAttribute('http.response.status_code', status);
  }
  if (protocolVersion !== undefined) {
    operation.setAttribute('network.protocol.version', protocolVersion);
  }
  if (failure !== undefined) {
    operation.setAttribute('error.type', failure);
    operation.span?.setStatus({ code: ERROR_STATUS });
  }
  operation.end(error);
}
