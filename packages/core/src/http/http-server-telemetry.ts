import type { IncomingMessage, ServerResponse } from 'node:http';
import { ambientContext, runInAmbientContext } from '../context/ambient-context.ts';
import { generateCorrelationId } from '../context/correlation-id.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import { incomingToAmbient } from '../tracing/continue-trace.ts';
import type { Context } from '../tracing/opentelemetry-types.ts';
import { loadApi } from '../tracing/optional-opentelemetry.ts';
import { errorType, recordError } from '../tracing/record-error.ts';
import { toRemoteContext } from '../tracing/trace-carrier.ts';
import { TracingContext } from '../tracing/tracing-context.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { bindEmitter } from './bind-emitter.ts';
import { requestToFacts, serverSpanName } from './http-attributes.ts';
import type { HttpRequestFacts } from './http-attributes.ts';
import { echoCorrelationId, readIncoming } from './incoming-request.ts';
import type { CorrelationOptions } from './incoming-request.ts';
import { createPathFilter } from './path-filter.ts';
import type { PathPattern } from './path-filter.ts';
import { requestState, setRequestState } from './request-state.ts';
import type { RequestState } from './request-state.ts';

/** Options of the request telemetry, shared by all adapters. */
export interface HttpTelemetryOptions extends CorrelationOptions {
  /** Requests that get a correlation ID but no span and no metric: paths, regular expressions, or a function. */
  exclude?: readonly PathPattern[] | ((request: IncomingMessage) => boolean) | undefined;
}

/** What a framework knows about a request once it is answered. */
export interface RouteSource {
  /** The URL as it came, before any router has rewritten it. */
  originalUrl: string;
  /** The route's pattern, for example `/orders/:id`; undefined when no route matched. */
  route(): string | undefined;
}

/** What telemetry needs from an instance. */
export interface HttpTelemetryTarget {
  tracing: Tracing;
  metrics: Pick<MetricsCollector, 'histogram'>;
}

const SERVER_KIND = 1;
const CLIENT_CLOSED_REQUEST = 499;
// Label of requests no route matched; the URL would give every scanner its own series.
const UNMATCHED = '<unmatched>';

/** Server span, request metric, correlation ID and the count of requests in flight, for any framework over node:http. */
export class HttpServerTelemetry {
  readonly #target: HttpTelemetryTarget;
  readonly #options: HttpTelemetryOptions;
  readonly #isExcluded: (request: IncomingMessage, path: string) => boolean;
  readonly #idle = new Set<() => void>();
  #inFlight = 0;
  #draining = false;

  constructor(target: HttpTelemetryTarget, options: HttpTelemetryOptions = {}) {
    this.#target = target;
    this.#options = options;
    this.#isExcluded = createPathFilter(options.exclude);
  }

  /** Requests that are being answered now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Opens the span and the context of a request, and runs `next` in it. A second call for one request only runs `next`. */
  handle(request: IncomingMessage, response: ServerResponse, source: RouteSource, next: () => void): void {
    const known = requestState(request);
    if (known?.operation !== undefined || known?.excluded === true) {
      next();
      return;
    }
    this.#trackInFlight(response);
    const facts = requestToFacts(request, source.originalUrl);
    const excluded = this.#isExcluded(request, facts.path);
    const startedAt = performance.now();
    const state = this.#openState(request, facts, excluded, known);
    echoCorrelationId(response, state.correlationId, this.#options.responseHeader);
    response.once('close', () => {
      if (!excluded) {
        this.#finish(state, response, facts, source, startedAt);
      }
    });
    const run = contextRunner(state);
    if (known === undefined) {
      bindEmitter(request, run);
      bindEmitter(response, run);
    }
    run(next);
  }

  /** From now on responses ask their clients to close the connection. */
  startDraining(): void {
    this.#draining = true;
  }

  /** Resolves with true when no request is in flight any more, with false after `timeoutMs`. */
  untilIdle(timeoutMs: number): Promise<boolean> {
    if (this.#inFlight === 0) {
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const settle = (idle: boolean): void => {
        clearTimeout(timer);
        this.#idle.delete(onIdle);
        resolve(idle);
      };
      const onIdle = (): void => settle(true);
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.#idle.add(onIdle);
    });
  }

  #openState(
    request: IncomingMessage,
    facts: HttpRequestFacts,
    excluded: boolean,
    known: RequestState | undefined,
  ): RequestState {
    const incoming = known?.incoming ?? readIncoming(request, this.#options);
    const { tracing } = this.#target;
    const ambient = {
      ...incomingToAmbient(incoming, ambientContext()),
      tracing,
      correlationId: known?.correlationId ?? incoming.correlationId,
    };
    const api = loadApi();
    tracing.use();
    const parent =
      api === undefined
        ? undefined
        : (toRemoteContext(api, api.trace.deleteSpan(api.context.active()), incoming) as unknown as Context);
    const name = serverSpanName(facts.method, undefined);
    const start = { parent, ambient, options: { kind: SERVER_KIND } };
    const operation = excluded
      ? undefined
      : runInAmbientContext(ambient, () => new TracingContext(name, facts.attributes, start));
    const correlationId =
      ambient.correlationId ?? operation?.traceId ?? incoming.traceparent?.traceId ?? generateCorrelationId();
    const state: RequestState = {
      correlationId,
      incoming,
      ambient: { ...ambient, correlationId },
      excluded,
      ...(operation === undefined ? {} : { operation }),
    };
    setRequestState(request, state);
    return state;
  }

  #finish(
    state: RequestState,
    response: ServerResponse,
    facts: HttpRequestFacts,
    source: RouteSource,
    startedAt: number,
  ): void {
    // `close` without `finish`: the client has gone, whatever status was meant.
    const status = response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST;
    const route = readRoute(source);
    const failure = failureType(status, state.error);
    const durationSeconds = (performance.now() - startedAt) / 1_000;
    finishSpan(state, { status, route, failure, method: facts.method });
    this.#target.metrics.histogram(
      'http.server.request.duration',
      durationSeconds,
      {
        'http.request.method': facts.method,
        'http.route': route ?? UNMATCHED,
        'http.response.status_code': String(status),
        'url.scheme': facts.scheme,
        ...(failure === undefined ? {} : { 'error.type': failure }),
      },
      { unit: 's' },
    );
  }

  #trackInFlight(response: ServerResponse): void {
    this.#inFlight += 1;
    if (this.#draining && !response.headersSent) {
      // One busy keep-alive client would hold the server open for seconds.
      response.setHeader('connection', 'close');
    }
    response.once('close', () => {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) {
        this.#idle.forEach((onIdle) => onIdle());
      }
    });
  }
}

interface Outcome {
  status: number;
  route: string | undefined;
  failure: string | undefined;
  method: string;
}

function finishSpan({ operation, error }: RequestState, { status, route, failure, method }: Outcome): void {
  if (operation === undefined) {
    return;
  }
  operation.setAttribute('http.response.status_code', status);
  if (route !== undefined) {
    operation.setAttribute('http.route', route);
    operation.span?.updateName(serverSpanName(method, route));
  }
  if (failure !== undefined) {
    operation.setAttribute('error.type', failure);
  }
  if (operation.span !== undefined && status >= 500) {
    if (error === undefined) {
      operation.span.setStatus({ code: 2 });
    } else {
      recordError(operation.span, error);
    }
  }
  operation.end();
}

// Only 5xx is an error of the server; a 4xx is the client's.
function failureType(status: number, error: unknown): string | undefined {
  return status < 500 ? undefined : error === undefined ? String(status) : errorType(error);
}

function readRoute(source: RouteSource): string | undefined {
  try {
    return source.route();
  } catch {
    return undefined;
  }
}

function contextRunner(state: RequestState): <Result>(work: () => Result) => Result {
  const { operation, ambient } = state;
  return (work) => runInAmbientContext(ambient, () => (operation === undefined ? work() : operation.run(work)));
}
