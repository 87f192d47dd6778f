import type { LoggerService } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { healthStatusToHttp, ObservabilityError } from '@pg-observability/core';
import type { HealthChecker, HealthStatus } from '@pg-observability/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { withoutTrailingSlash } from './probe-options.ts';
import type { ResolvedProbes } from './probe-options.ts';
import { hasOwnRoute } from './own-route.ts';

interface Answering {
  /** For the log. */
  readonly what: string;
  ask(): Promise<HealthStatus>;
}

/**
 * Answers probes before the application sees them: no prefix, version, guard or interceptor applies, they get no span and no
 * metric, and they are not counted as requests in flight.
 */
export class ProbeResponder {
  /** Names of probes and groups by path. */
  readonly #paths: Map<string, Answering>;
  readonly #isShown: ResolvedProbes['isShown'];
  readonly #logger: Pick<LoggerService, 'log'>;

  constructor(
    health: HealthChecker,
    { paths, groupsBelow, isShown }: ResolvedProbes,
    logger: Pick<LoggerService, 'log'>,
  ) {
    this.#paths = new Map(
      Array.from(paths, ([path, probe]) => [path, { what: `${probe} probe`, ask: () => health[probe]() }]),
    );
    for (const group of groupsBelow === undefined ? [] : health.groupNames) {
      const path = `${groupsBelow}/${group}`;
      if (this.#paths.has(path)) {
        throw new ObservabilityError(
          'INVALID_OPTION',
          `probes of ObservabilityModule have ${path} for the ${this.#paths.get(path)?.what} and for the group ${group}; expected one path for one of them.`,
        );
      }
      this.#paths.set(path, { what: `group ${group}`, ask: () => health.group(group) });
    }
    this.#isShown = isShown;
    this.#logger = logger;
  }

  /** Answers if the request is a probe: GET or HEAD on one of the paths, with any query. */
  answer(request: IncomingMessage, response: ServerResponse, url: string): boolean {
    const queryAt = url.indexOf('?');
    const probe = this.#paths.get(withoutTrailingSlash(queryAt === -1 ? url : url.slice(0, queryAt)));
    if (probe === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      return false;
    }
    void this.#send(probe.ask, request, response);
    return true;
  }

  /** A route of the application keeps its path; one line says so. */
  leaveRoutesOf(adapter: AbstractHttpAdapter): void {
    for (const [path, { what }] of this.#paths) {
      if (hasOwnRoute(adapter, path)) {
        this.#paths.delete(path);
        this.#logger.log(`GET ${path} is a route of the application, so the ${what} does not answer there.`);
      }
    }
  }

  async #send(ask: Answering['ask'], request: IncomingMessage, response: ServerResponse): Promise<void> {
    const showDetails = this.#isShown(request) ? 'always' : 'never';
    const { statusCode, body } = healthStatusToHttp(await ask(), { showDetails });
    const text = JSON.stringify(body);
    response.writeHead(statusCode, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      // A cached answer would keep a dead process in traffic.
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }
}
