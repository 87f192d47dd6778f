import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AmbientContext } from '../context/ambient-context.ts';
import { generateCorrelationId } from '../context/correlation-id.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import { incomingToAmbient } from '../tracing/continue-trace.ts';
import { exemplarTrace } from '../tracing/exemplar-trace.ts';
import type { IncomingTrace } from '../tracing/trace-carrier.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { bindEmitters } from './bind-emitter.ts';
import { holdEmitterBinding, isBoundByPrototype } from './emitter-binding.ts';
import { requestToFacts } from './http-attributes.ts';
import type { ClientFacts, HttpRequestFacts } from './http-attributes.ts';
import { echoCorrelationId, NOTHING_INCOMING, readIncoming, resolveCorrelation } from './incoming-request.ts';
import type { CorrelationOptions, ResolvedCorrelation } from './incoming-request.ts';
import { createPathFilter } from './path-filter.ts';
import type { PathPattern } from './path-filter.ts';
import { adoptFrameworkPrototypes } from './request-prototypes.ts';
import { requestState, setRequestState } from './request-state.ts';
import type { RequestState } from './request-state.ts';
import { RequestSeriesCache } from './request-series.ts';
import { askToClose, RequestsInFlight } from './requests-in-flight.ts';
import type { RouteSource } from './route-source.ts';
import { endServerOperation, openServerOperation, requestOutcome } from './server-operation.ts';
import { listenForClose, ServerRequest } from './server-request.ts';

export type { RouteSource } from './route-source.ts';

/** Options of the request telemetry, shared by all adapters. */
export interface HttpTelemetryOptions extends CorrelationOptions {
  /** Requests that get a correlation ID but no span and no metric: paths, regular expressions, or a function. */
  exclude?: readonly PathPattern[] | ((request: IncomingMessage) => boolean) | undefined;
  /**
   * Whether a server under Express makes its requests with the prototypes that Express gives them afterwards; on Node.js 20 and 22
   * that saves more CPU than everything else here costs. Default true; false leaves the server alone.
   */
  adoptPrototypes?: boolean | undefined;
}

/** What telemetry needs from an instance. */
export interface HttpTelemetryTarget {
  tracing: Tracing;
  metrics: Pick<MetricsCollector, 'bind'>;
}

/** What the telemetry of one instance shares, whatever the options of a part of the application. */
interface SharedTelemetry {
  readonly inFlight: RequestsInFlight;
  readonly series: RequestSeriesCache;
  /** Takes the binding of emitters back; there from the first request to the end of the instance. */
  unbind?: (() => void) | undefined;
}

/**
 * Server span, request metric, correlation ID and the count of requests in flight, for any framework over node:http.
 * `createObservability` makes one; an adapter calls `handle` for every request.
 */
export class HttpServerTelemetry {
  readonly #target: HttpTelemetryTarget;
  readonly #options: HttpTelemetryOptions;
  readonly #correlation: ResolvedCorrelation;
  readonly #isExcluded: (request: IncomingMessage, path: string) => boolean;
  readonly #shared: SharedTelemetry;
  readonly #stopListeners = new Set<() => void>();

  /** @throws `INVALID_OPTION` */
  constructor(
    target: HttpTelemetryTarget,
    options: HttpTelemetryOptions = {},
    /** @internal */ shared?: SharedTelemetry,
  ) {
    this.#target = target;
    this.#options = options;
    this.#correlation = resolveCorrelation(options);
    this.#isExcluded = createPathFilter(options.exclude);
    this.#shared = shared ?? {
      inFlight: new RequestsInFlight(),
      series: new RequestSeriesCache(target.metrics),
    };
  }

  /** Requests that are being answered now. */
  get inFlight(): number {
    return this.#shared.inFlight.count;
  }

  /**
   * The same telemetry with other options, for a part of an application; requests in flight are counted together.
   *
   * @param options win over those of this one
   * @throws `INVALID_OPTION`
   */
  withOptions(options: HttpTelemetryOptions): HttpServerTelemetry {
    return new HttpServerTelemetry(this.#target, { ...this.#options, ...options }, this.#shared);
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
    this.#shared.inFlight.enter();
    const state = this.#open(request, response, source, known);
    setRequestState(request, state);
    if (known === undefined) {
      this.#bind(request, state);
    }
    if (!state.isBound) {
      listenForClose(state);
      if (this.#shared.inFlight.isDraining) {
        askToClose(response);
      }
    }
    state.run(next);
  }

  /** From now on responses ask their clients to close the connection. */
  startDraining(): void {
    this.#shared.inFlight.startDraining();
  }

  /** Resolves with true when no request is in flight any more, with false after `timeoutMs`. */
  untilIdle(timeoutMs: number): Promise<boolean> {
    return this.#shared.inFlight.untilIdle(timeoutMs);
  }

  /**
   * For adapters of Express: lets the server of this request make the next ones so that they cost less. Call it at the first request
   * of an application.
   */
  adoptPrototypes(request: IncomingMessage): void {
    const restore = this.#options.adoptPrototypes === false ? undefined : adoptFrameworkPrototypes(request);
    if (restore !== undefined) {
      this.onStop(restore);
    }
  }

  /** Calls `listener` when the instance has shut down, so that an adapter can take its hooks away. */
  onStop(listener: () => void): void {
    this.#stopListeners.add(listener);
  }

  /** @internal Called at the end of a shutdown. */
  stop(): void {
    this.#stopListeners.forEach((listener) => listener());
    this.#stopListeners.clear();
    this.#shared.unbind?.();
    this.#shared.unbind = undefined;
  }

  #open(
    request: IncomingMessage,
    response: ServerResponse,
    source: RouteSource,
    known: RequestState | undefined,
  ): ServerRequest {
    const facts = requestToFacts(request, source.originalUrl, readClient(source));
    const incoming = known?.incoming ?? readIncoming(request, this.#correlation);
    const { tracing } = this.#target;
    const tracer = tracing.use();
    const ambient = toAmbient(incoming, known?.correlationId ?? incoming.correlationId, tracing, request);
    const excluded = this.#isExcluded(request, facts.path);
    const operation = excluded ? undefined : openServerOperation(facts, incoming, ambient, tracer);
    const correlationId =
      ambient.correlationId ?? operation?.traceId ?? incoming.traceparent?.traceId ?? generateCorrelationId();
    const state = new ServerRequest({
      response,
      incoming,
      facts,
      // Where there is an operation, it runs the code of the request, and its trace ID is the correlation ID.
      ambient: operation === undefined ? { ...ambient, correlationId } : ambient,
      correlationId,
      operation,
      source,
      responseHeader: this.#correlation.responseHeader,
      inFlight: this.#shared.inFlight,
      onClose: this.#onClose,
    });
    state.excluded = excluded;
    return state;
  }

  #bind(request: IncomingMessage, state: ServerRequest): void {
    this.#shared.unbind ??= holdEmitterBinding();
    state.isBound = isBoundByPrototype(request, state.response);
    if (state.isBound) {
      state.offerHeader();
    } else {
      echoCorrelationId(state.response, state.correlationId, this.#correlation.responseHeader);
      bindEmitters(request, state.response);
    }
  }

  readonly #onClose = (state: ServerRequest, facts: HttpRequestFacts): void => {
    this.#shared.inFlight.leave();
    if (!state.excluded) {
      const outcome = requestOutcome(state, state.route);
      const { durations, spanName } = this.#shared.series.find(facts, outcome);
      durations.record((performance.now() - state.startedAt) / 1_000, exemplarTrace(state.operation));
      endServerOperation(state, outcome, spanName);
    }
  };
}

function toAmbient(
  incoming: IncomingTrace,
  correlationId: string | undefined,
  tracing: Tracing,
  request: IncomingMessage,
): AmbientContext {
  return incoming === NOTHING_INCOMING
    ? { correlationId, tracing, request }
    : { ...incomingToAmbient(incoming, undefined), correlationId, tracing, request };
}

// The application's own rule for trusted proxies runs in it.
function readClient(source: RouteSource): ClientFacts | undefined {
  try {
    return source.client?.();
  } catch {
    return undefined;
  }
}
