import type { ServerResponse } from 'node:http';
import { runInAmbientContext } from '../context/ambient-context.ts';
import type { AmbientContext } from '../context/ambient-context.ts';
import type { IncomingTrace } from '../tracing/trace-carrier.ts';
import type { TracingContext } from '../tracing/tracing-context.ts';
import type { HttpRequestFacts } from './http-attributes.ts';
import type { RouteSource } from './route-source.ts';
import type { RequestState } from './request-state.ts';
import type { RequestsInFlight } from './requests-in-flight.ts';
import { withHeader } from './response-head.ts';

/** What a {@link ServerRequest} begins with. */
export interface ServerRequestParts {
  response: ServerResponse;
  incoming: IncomingTrace;
  facts: HttpRequestFacts;
  ambient: AmbientContext;
  correlationId: string;
  operation: TracingContext | undefined;
  source: RouteSource;
  /** Name of the response header that carries the correlation ID; false for none. */
  responseHeader: string | false;
  /** What all requests of the instance share. */
  inFlight: RequestsInFlight;
  /** Called once, when the response has closed. */
  onClose(request: ServerRequest, facts: HttpRequestFacts): void;
}

/**
 * A request that is being answered: its state, its context and what it is told when it is over, in one object. Whatever is made
 * for each request is paid for by each request.
 */
export class ServerRequest implements RequestState {
  readonly response: ServerResponse;
  readonly incoming: IncomingTrace;
  readonly correlationId: string;
  operation: TracingContext | undefined;
  readonly startedAt: number = performance.now();
  excluded = false;
  error: unknown = undefined;
  failedMidway = false;
  isBound = false;
  #isClosed = false;
  #parts: ServerRequestParts | undefined;

  constructor(parts: ServerRequestParts) {
    this.#parts = parts;
    this.response = parts.response;
    this.incoming = parts.incoming;
    this.correlationId = parts.correlationId;
    this.operation = parts.operation;
  }

  /** The pattern of the route that answered; undefined when none did, or it cannot be told. */
  get route(): string | undefined {
    try {
      return this.#parts?.source.route();
    } catch {
      return undefined;
    }
  }

  run<Result>(work: () => Result): Result {
    if (this.operation !== undefined) {
      return this.operation.run(work);
    }
    // After the end there is still the ID.
    const ambient = this.#parts?.ambient ?? { correlationId: this.correlationId };
    return runInAmbientContext(ambient, work);
  }

  /** Gives the framework the header with the correlation ID, where it collects headers. */
  offerHeader(): void {
    const { source, responseHeader } = this.#parts ?? {};
    if (responseHeader && source?.setHeader !== undefined && !this.response.headersSent) {
      source.setHeader(responseHeader, this.correlationId);
    }
  }

  toHead(args: readonly unknown[]): readonly unknown[] {
    if (this.#parts === undefined) {
      return args;
    }
    const { responseHeader, inFlight } = this.#parts;
    const named = responseHeader ? withHeader(this.response, responseHeader, this.correlationId, args) : args;
    return inFlight.isDraining ? withHeader(this.response, 'connection', 'close', named) : named;
  }

  /** The response has closed. */
  close(): void {
    if (!this.#isClosed && this.#parts !== undefined) {
      this.#isClosed = true;
      this.#parts.onClose(this, this.#parts.facts);
    }
  }

  release(): void {
    this.operation = undefined;
    this.#parts = undefined;
  }
}

/** Tells `request` when its response has closed, where the prototypes do not: before any other listener. */
export function listenForClose(request: ServerRequest): void {
  request.response.prependOnceListener('close', () => request.close());
}
