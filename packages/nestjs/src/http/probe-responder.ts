import type { LoggerService } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { healthStatusToHttp } from '@pg-observability/core';
import type { HealthChecker } from '@pg-observability/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { withoutTrailingSlash } from './probe-options.ts';
import type { ProbeName, ResolvedProbes } from './probe-options.ts';
import { hasOwnRoute } from './own-route.ts';

/**
 * Answers probes before the application sees them: no prefix, version, guard or interceptor applies, they get no span and no
 * metric, and they are not counted as requests in flight.
 */
export class ProbeResponder {
  readonly #health: HealthChecker;
  readonly #paths: Map<string, ProbeName>;
  readonly #showDetails: ResolvedProbes['showDetails'];
  readonly #logger: Pick<LoggerService, 'log'>;

  constructor(
    health: HealthChecker,
    { paths, showDetails }: ResolvedProbes,
    logger: Pick<LoggerService, 'log'>,
  ) {
    this.#health = health;
    this.#paths = new Map(paths);
    this.#showDetails = showDetails;
    this.#logger = logger;
  }

  /** Answers if the request is a probe: GET or HEAD on one of the paths, with any query. */
  answer(request: IncomingMessage, response: ServerResponse, url: string): boolean {
    const queryAt = url.indexOf('?');
    const probe = this.#paths.get(withoutTrailingSlash(queryAt === -1 ? url : url.slice(0, queryAt)));
    if (probe === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      return false;
    }
    void this.#send(probe, request, response);
    return true;
  }

  /** A route of the application keeps its path; one line says so. */
  leaveRoutesOf(adapter: AbstractHttpAdapter): void {
    for (const [path, probe] of this.#paths) {
      if (hasOwnRoute(adapter, path)) {
        this.#paths.delete(path);
        this.#logger.log(
          `GET ${path} is a route of the application, so the ${probe} probe does not answer there.`,
        );
      }
    }
  }

  async #send(probe: ProbeName, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const showDetails = this.#isShown(request) ? 'always' : 'never';
    const { statusCode, body } = healthStatusToHttp(await this.#health[probe](), { showDetails });
    const text = JSON.stringify(body);
    response.writeHead(statusCode, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      // A cached answer would keep a dead process in traffic.
      'cache-control': 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  #isShown(request: IncomingMessage): boolean {
    const showDetails = this.#showDetails;
    try {
      return typeof showDetails === 'function' ? showDetails(request) === true : showDetails;
    } catch {
      return false;
    }
  }
}
