import type { IncomingMessage, ServerResponse } from 'node:http';
import { ambientContext } from '../context/ambient-context.ts';
import { generateCorrelationId } from '../context/correlation-id.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import { incomingToAmbient } from '../tracing/continue-trace.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { bindEmitters } from './bind-emitter.ts';
import { requestToFacts } from './http-attributes.ts';
import type { ClientFacts, HttpRequestFacts } from './http-attributes.ts';
import { echoCorrelationId, readIncoming, resolveCorrelation } from './incoming-request.ts';
import type { CorrelationOptions, ResolvedCorrelation } from './incoming-request.ts';
import { createPathFilter } from './path-filter.ts';
import type { PathPattern } from './path-filter.ts';
import { requestState, setRequestState } from './request-state.ts';
import type { RequestState } from './request-state.ts';
import { RequestsInFlight } from './requests-in-flight.ts';
import {
  contextRunner,
  endServerOperation,
  openServerOperation,
  requestOutcome,
} from './server-operation.ts';

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
  /**
   * What the framework knows of the client behind proxies it was told to trust (`trust proxy`, `trustProxy`); without it the
   * peer of the socket counts.
   */
  client?(): ClientFacts | undefined;
}

/** What telemetry needs from an instance. */
export interface HttpTelemetryTarget {
  tracing: Tracing;
  metrics: Pick<MetricsCollector, 'histogram'>;
}

// Label of requests no route matched; the URL would give every scanner its own series.
const UNMATCHED = '<unmatched>';

/**
 * Server span, request metric, correlation ID and the count of requests in flight, for any framework over node:http.
 * `createObservability` makes one; an adapter calls `handle` for every request.
 */
export class HttpServerTelemetry {
  readonly #target: HttpTelemetryTarget;
  readonly #options: HttpTelemetryOptions;
  readonly #correlation: ResolvedCorrelation;
  readonly #isExcluded: (request: IncomingMessage, path: string) => boolean;
  readonly #inFlight: RequestsInFlight;
  readonly #stopListeners = new Set<() => void>();

  /** @throws `INVALID_OPTION` */
  constructor(
    target: HttpTelemetryTarget,
    options: HttpTelemetryOptions = {},
    /** @internal */ inFlight: RequestsInFlight = new RequestsInFlight(),
  ) {
    this.#target = target;
    this.#options = options;
    this.#correlation = resolveCorrelation(options);
    this.#isExcluded = createPathFilter(options.exclude);
    this.#inFlight = inFlight;
  }

  /** Requests that are being answered now. */
  get inFlight(): number {
    return this.#inFlight.count;
  }

  /**
   * The same telemetry with other options, for a part of an application; requests in flight are counted together.
   *
   * @param options win over those of this one
   * @throws `INVALID_OPTION`
   */
  withOptions(options: HttpTelemetryOptions): HttpServerTelemetry {
    return new HttpServerTelemetry(this.#target, { ...this.#options, ...options }, this.#inFlight);
  }

  /**
   * Opens the span and the context of a request and runs `next` in it. A second call for one request only runs `next`, so
   * middleware that is mounted twice counts once.
   */
  handle(request: IncomingMessage, response: ServerResponse, source: RouteSource, next: () => void): void {
    const known = requestState(request);
    if (known?.operation !== undefined || known?.excluded === true) {
      next();
      return;
    }
    this.#inFlight.track(response);
    const facts = requestToFacts(request, source.originalUrl, readClient(source));
    const startedAt = performance.now();
    const state = this.#openState(request, response, facts, known);
    // First of all listeners: a span that was borrowed is ended by a listener that is there already.
    response.prependOnceListener('close', () => {
      if (state.excluded !== true) {
        this.#finish(state, facts, source, startedAt);
      }
    });
    if (known === undefined) {
      echoCorrelationId(response, state.correlationId, this.#correlation.responseHeader);
      bindEmitters(request, response);
    }
    state.run(next);
  }

  /** From now on responses ask their clients to close the connection. */
  startDraining(): void {
    this.#inFlight.startDraining();
  }

  /** Resolves with true when no request is in flight any more, with false after `timeoutMs`. */
  untilIdle(timeoutMs: number): Promise<boolean> {
    return this.#inFlight.untilIdle(timeoutMs);
  }

  /** Calls `listener` when the instance has shut down, so that an adapter can take its hooks away. */
  onStop(listener: () => void): void {
    this.#stopListeners.add(listener);
  }

  /** @internal Called at the end of a shutdown. */
  stop(): void {
    this.#stopListeners.forEach((listener) => listener());
    this.#stopListeners.clear();
  }

  #openState(
    request: IncomingMessage,
    response: ServerResponse,
    facts: HttpRequestFacts,
    known: RequestState | undefined,
  ): RequestState {
    const incoming = known?.incoming ?? readIncoming(request, this.#correlation);
    const { tracing } = this.#target;
    const ambient = {
      ...incomingToAmbient(incoming, ambientContext()),
      tracing,
      request,
      correlationId: known?.correlationId ?? incoming.correlationId,
    };
    tracing.use();
    const excluded = this.#isExcluded(request, facts.path);
    const operation = excluded ? undefined : openServerOperation(facts, incoming, ambient);
    const correlationId =
      ambient.correlationId ?? operation?.traceId ?? incoming.traceparent?.traceId ?? generateCorrelationId();
    const run = contextRunner({ ...ambient, correlationId }, operation);
    const state: RequestState = {
      correlationId,
      incoming,
      run,
      excluded,
      response,
      ...(operation === undefined ? {} : { operation }),
    };
    setRequestState(request, state);
    return state;
  }

  #finish(state: RequestState, facts: HttpRequestFacts, source: RouteSource, startedAt: number): void {
    const { method, scheme } = facts;
    const outcome = requestOutcome(state, readRoute(source));
    const durationSeconds = (performance.now() - startedAt) / 1_000;
    endServerOperation(state, outcome, method);
    this.#target.metrics.histogram(
      'http.server.request.duration',
      durationSeconds,
      {
        'http.request.method': method,
        'http.route': outcome.route ?? UNMATCHED,
        'http.response.status_code': String(outcome.status),
        'url.scheme': scheme,
        ...(outcome.failure === undefined ? {} : { 'error.type': outcome.failure }),
      },
      { unit: 's' },
    );
  }
}

function readRoute(source: RouteSource): string | undefined {
  try {
    return source.route();
  } catch {
    return undefined;
  }
}

// The application's own rule for trusted proxies runs in it.
function readClient(source: RouteSource): ClientFacts | undefined {
  try {
    return source.client?.();
  } catch {
    return undefined;
  }
}
