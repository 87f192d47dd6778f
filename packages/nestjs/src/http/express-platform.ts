import type { AbstractHttpAdapter } from '@nestjs/core';
import type { ClientFacts, RouteSource } from '@pg-observability/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathOfUrl } from './graphql-paths.ts';
import type { RequestTarget } from './http-platform.ts';

interface ExpressRequest extends IncomingMessage {
  originalUrl?: string;
  baseUrl?: string;
  route?: { path?: unknown };
  app?: { get(setting: string): unknown };
  ip?: string;
  protocol?: string;
}

/** Mounts the telemetry as the first middleware of the Express application; body parsers and `main.ts` come later. */
export function installOnExpress(
  adapter: AbstractHttpAdapter,
  { telemetry, answer, mountedPaths }: RequestTarget,
): void {
  let isFirst = true;
  adapter.use((request: ExpressRequest, response: ServerResponse, next: () => void) => {
    if (isFirst) {
      isFirst = false;
      telemetry.adoptPrototypes(request);
    }
    const originalUrl = request.originalUrl ?? request.url ?? '/';
    if (!answer(request, response, originalUrl)) {
      telemetry.handle(request, response, new ExpressSource(request, originalUrl, mountedPaths), next);
    }
  });
}

/** What Express knows of a request. */
class ExpressSource implements RouteSource {
  readonly originalUrl: string;
  readonly #request: ExpressRequest;
  readonly #mountedPaths: () => ReadonlySet<string>;

  constructor(request: ExpressRequest, originalUrl: string, mountedPaths: () => ReadonlySet<string>) {
    this.originalUrl = originalUrl;
    this.#request = request;
    this.#mountedPaths = mountedPaths;
  }

  route(): string | undefined {
    return expressRoute(this.#request) ?? mountedRoute(this.originalUrl, this.#mountedPaths());
  }

  client(): ClientFacts | undefined {
    return expressClient(this.#request);
  }
}

/**
 * The pattern of the route that answered, with global prefix and version, as Nest registers it on the root router. Below a
 * mounted router, where Nest has its own handler for "not found" under a prefix, the base URL is no pattern.
 */
function expressRoute({ route, baseUrl }: ExpressRequest): string | undefined {
  const path = route?.path;
  return typeof path === 'string' && !baseUrl ? path : undefined;
}

function mountedRoute(originalUrl: string, paths: ReadonlySet<string>): string | undefined {
  const path = paths.size === 0 ? undefined : pathOfUrl(originalUrl);
  return path !== undefined && paths.has(path) ? path : undefined;
}

/** Asked only where the application trusts a proxy: elsewhere the socket tells the same. */
function expressClient(request: ExpressRequest): ClientFacts | undefined {
  return request.app?.get('trust proxy') ? { address: request.ip, scheme: request.protocol } : undefined;
}
