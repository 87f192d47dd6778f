import type { AbstractHttpAdapter } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestTarget } from './http-platform.ts';

interface ExpressRequest extends IncomingMessage {
  originalUrl?: string;
  baseUrl?: string;
  route?: { path?: unknown };
}

/** Mounts the telemetry as the first middleware of the Express application; body parsers and `main.ts` come later. */
export function installOnExpress(adapter: AbstractHttpAdapter, { telemetry, probes }: RequestTarget): void {
  adapter.use((request: ExpressRequest, response: ServerResponse, next: () => void) => {
    const originalUrl = request.originalUrl ?? request.url ?? '/';
    if (!probes.answer(request, response, originalUrl)) {
      telemetry.handle(request, response, { originalUrl, route: () => expressRoute(request) }, next);
    }
  });
}

/**
 * The pattern of the route that answered, with global prefix and version, as Nest registers it on the root router. Below a
 * mounted router, where Nest has its own handler for "not found" under a prefix, the base URL is no pattern.
 */
function expressRoute({ route, baseUrl }: ExpressRequest): string | undefined {
  const path = route?.path;
  return typeof path === 'string' && !baseUrl ? path : undefined;
}
