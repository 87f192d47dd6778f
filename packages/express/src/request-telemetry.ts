import { requestCorrelationId } from '@pg-observability/core';
import type { ClientFacts, HttpServerTelemetry, RouteSource } from '@pg-observability/core';
import type { Request, RequestHandler, Response } from 'express';
import { routeTrail } from './routing/route-channel.ts';
import { observeRoute } from './routing/observe-route.ts';
import type { RoutedRequest } from './routing/router-shapes.ts';

/** Middleware that hands every request to the telemetry of core, and knows its route. */
export function createRequestTelemetry(telemetry: HttpServerTelemetry): RequestHandler {
  return (request, response, next) => {
    meetApplication(request, telemetry);
    telemetry.handle(request, response, new ExpressSource(request, response), next);
  };
}

/** What Express knows of a request. */
class ExpressSource implements RouteSource {
  readonly originalUrl: string;
  readonly #request: Request;
  readonly #response: Response;
  /** Watches the route where the router does not tell. */
  readonly #readRoute: ((status: number) => string | undefined) | undefined;

  constructor(request: Request, response: Response) {
    this.originalUrl = request.originalUrl;
    this.#request = request;
    this.#response = response;
    this.#readRoute =
      routeTrail(request) === undefined ? observeRoute(request as unknown as RoutedRequest) : undefined;
  }

  route(): string | undefined {
    const { statusCode } = this.#response;
    return this.#readRoute === undefined
      ? routeTrail(this.#request)?.answeredBy(statusCode, this.#request as unknown as RoutedRequest)
      : this.#readRoute(statusCode);
  }

  /** Asked only where the application trusts a proxy: elsewhere the socket tells the same. */
  client(): ClientFacts | undefined {
    const request = this.#request;
    return request.app.get('trust proxy') ? { address: request.ip, scheme: request.protocol } : undefined;
  }
}

const met = new WeakSet<object>();

/**
 * Puts `request.correlationId` on what all requests of the application inherit from. On each request it would be a property
 * more, for which V8 copies all the others.
 */
function meetApplication(request: Request, telemetry: HttpServerTelemetry): void {
  const shared = Object.getPrototypeOf(request) as object;
  if (met.has(shared)) {
    return;
  }
  if (!Object.hasOwn(shared, 'app')) {
    // Not what Express makes for an application, but what all of node:http inherits from.
    defineCorrelationId(request);
    return;
  }
  met.add(shared);
  defineCorrelationId(shared);
  telemetry.adoptPrototypes(request);
}

function defineCorrelationId(target: object): void {
  Object.defineProperty(target, 'correlationId', {
    configurable: true,
    enumerable: true,
    get(this: Request) {
      return requestCorrelationId(this);
    },
    set(this: Request, value: unknown) {
      Object.defineProperty(this, 'correlationId', {
        value,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    },
  });
}
