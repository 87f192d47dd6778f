import type { LoggerService } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { createPrometheusHandler, ObservabilityError } from '@pg-observability/core';
import type { MetricsCollector, PrometheusHandler, PrometheusOptions } from '@pg-observability/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasOwnRoute } from './own-route.ts';
import { withoutTrailingSlash } from './probe-options.ts';

/** What it needs beside the options. */
export interface PrometheusParts {
  path: string;
  handler: PrometheusHandler;
  logger: Pick<LoggerService, 'log'>;
}

/** Answers scrapes before the application sees them, as {@link ProbeResponder} does probes. */
export class PrometheusResponder {
  readonly #path: string;
  readonly #handler: PrometheusHandler;
  readonly #logger: PrometheusParts['logger'];
  #isLeft = false;

  constructor({ path, handler, logger }: PrometheusParts) {
    this.#path = path;
    this.#handler = handler;
    this.#logger = logger;
  }

  /** Answers if the request is a scrape: GET or HEAD on the path, with any query. */
  answer(request: IncomingMessage, response: ServerResponse, url: string): boolean {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const queryAt = url.indexOf('?');
    const path = withoutTrailingSlash(queryAt === -1 ? url : url.slice(0, queryAt));
    if (this.#isLeft || !isRead || path !== this.#path) {
      return false;
    }
    this.#handler(request, response);
    return true;
  }

  /** A route of the application keeps its path; one line says so. */
  leaveRoutesOf(adapter: AbstractHttpAdapter): void {
    if (hasOwnRoute(adapter, this.#path)) {
      this.#isLeft = true;
      this.#logger.log(
        `GET ${this.#path} is a route of the application, so Prometheus is not answered there.`,
      );
    }
  }
}

/**
 * Checks the option and makes what answers; undefined where it is off.
 * @throws `INVALID_OPTION`
 */
export function createPrometheusResponder(
  metrics: MetricsCollector,
  option: PrometheusOptions | boolean | undefined = false,
  logger: PrometheusParts['logger'],
): PrometheusResponder | undefined {
  if (option === false) {
    return undefined;
  }
  if (option !== true && (typeof option !== 'object' || option === null || Array.isArray(option))) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `prometheus of ObservabilityModule is ${option === null ? 'null' : typeof option}; expected true, false or options, for example { path: '/metrics' }.`,
    );
  }
  const { path = '/metrics', ...options } = option === true ? {} : option;
  // Checked there; matched here, because below a mount Express shortens the URL that core would look at.
  createPrometheusHandler(metrics, { path });
  const handler = createPrometheusHandler(metrics, options);
  return new PrometheusResponder({ path: withoutTrailingSlash(path), handler, logger });
}
