import { requestCorrelationId } from '@pg-observability/core';
import type { ClientFacts, HttpServerTelemetry } from '@pg-observability/core';
import type { Request, RequestHandler, Response } from 'express';
import { routeTrail } from './routing/route-channel.ts';
import { observeRoute } from './routing/observe-route.ts';
import type { RoutedRequest } from './routing/router-shapes.ts';

/** Middleware that hands every request to the telemetry of core, and knows its route. */
export function createRequestTelemetry(telemetry: HttpServerTelemetry): RequestHandler {
  return (request, response, next) => {
    const source = {
      originalUrl: request.originalUrl,
      route: createRouteReader(request, response),
      client: () => readClient(request),
    };
    telemetry.handle(request, response, source, () => {
      request.correlationId = requestCorrelationId(request);
      next();
    });
  };
}

/** Asked only where the application trusts a proxy: elsewhere the socket tells the same. */
function readClient(request: Request): ClientFacts | undefined {
  return request.app.get('trust proxy') ? { address: request.ip, scheme: request.protocol } : undefined;
}

function createRouteReader(request: Request, response: Response): () => string | undefined {
  const routed = request as unknown as RoutedRequest;
  const trail = routeTrail(request);
  if (trail !== undefined) {
    return () => trail.answeredBy(response.statusCode, routed);
  }
  const readRoute = observeRoute(routed);
  return () => readRoute(response.statusCode);
}
