import { createObservability, ObservabilityError } from '@pg-observability/core';
import type {
  HttpServerTelemetry,
  HttpTelemetryOptions,
  Observability,
  ObservabilityOptions,
} from '@pg-observability/core';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { createErrorHandler } from './error-handler.ts';
import type { ErrorHandlerOptions } from './error-handler.ts';
import { createProbes } from './probes.ts';
import type { ProbeOptions } from './probes.ts';
import { createPrometheus } from './prometheus.ts';
import type { PrometheusMountOptions } from './prometheus.ts';
import { createRequestTelemetry } from './request-telemetry.ts';
import { followRoutes } from './routing/route-channel.ts';
import { uncalledError, uncalledNext } from './uncalled.ts';

/** An instance that exists already, instead of options for a new one. */
export interface ExistingObservability {
  /** What `createObservability` returned. */
  observability: Observability;
  /** Options about requests that differ from those of the instance, for one of several applications. */
  http?: HttpTelemetryOptions | undefined;
}

/** What `observability(…)` returns: the parts to mount, and the instance behind them. */
export interface ExpressObservability {
  /** Everything else: metrics, health, workflows, alerts, `flush()`, `shutdown()`, `handleSignals()`. */
  readonly observability: Observability;
  /**
   * Request telemetry: correlation ID, server span and the metric `http.server.request.duration` with the route as a pattern.
   * Mount it before the routes. Mounted twice it counts once.
   */
  middleware(): RequestHandler;
  /**
   * Answers `/livez`, `/readyz`, `/startupz`, and your own groups of checks at `/healthz/<group>`, with 200 or 503, outside of
   * spans and metrics. Mount it before anything that asks for a login.
   * @throws `INVALID_OPTION`
   */
  probes(options?: ProbeOptions): RequestHandler;
  /**
   * Answers a Prometheus that scrapes the metrics of this process, as text or as OpenMetrics, outside of spans and metrics. Mount
   * it where Prometheus looks, and before anything that asks for a login. In a cluster of processes each has its own metrics.
   * @param options `secret`, which a scraper then must send as `Authorization: Bearer …`, and `buckets`
   * @throws `INVALID_OPTION`
   * @example `app.use('/metrics', telemetry.prometheus());`
   */
  prometheus(options?: PrometheusMountOptions): RequestHandler;
  /**
   * Notes the error on the span and answers `{ error, correlationId }` as JSON. Mount it last. It may be left out: with
   * Express 5 errors get on the span without it.
   */
  errorHandler(options?: ErrorHandlerOptions): ErrorRequestHandler;
}

/**
 * Observability for an Express application, stored in its PostgreSQL.
 *
 * @param options those of `createObservability`, of which only `serviceName` is needed; or `{ observability }` with an
 * instance that exists
 * @throws `INVALID_OPTION`, `INVALID_ARGUMENT`
 * @example
 * ```ts
 * const { middleware, probes, errorHandler } = observability({ serviceName: 'order-service' });
 * app.use(probes());
 * app.use(middleware());
 * app.get('/orders/:id', showOrder);
 * app.use(errorHandler());
 * ```
 */
export function observability(options: ObservabilityOptions | ExistingObservability): ExpressObservability;
export function observability(...args: unknown[]): ExpressObservability | undefined {
  const next = uncalledNext(args);
  if (next !== undefined) {
    next(uncalledError('observability', 'app.use(observability({ serviceName }).middleware())'));
    return undefined;
  }
  const [options] = args as [ObservabilityOptions | ExistingObservability];
  const { instance, telemetry } = openInstance(options);
  let isFollowing = false;
  return {
    observability: instance,
    middleware: () => {
      if (!isFollowing) {
        isFollowing = true;
        instance.http.onStop(followRoutes());
      }
      return createRequestTelemetry(telemetry);
    },
    probes: (probeOptions) => createProbes(instance.health, probeOptions),
    prometheus: (prometheusOptions) => createPrometheus(instance.metrics, prometheusOptions),
    errorHandler: (errorOptions) => createErrorHandler(errorOptions ?? {}),
  };
}

function openInstance(options: ObservabilityOptions | ExistingObservability): {
  instance: Observability;
  telemetry: HttpServerTelemetry;
} {
  if (typeof options !== 'object' || options === null || !('observability' in options)) {
    const instance = createObservability(options);
    return { instance, telemetry: instance.http };
  }
  const { observability: instance, http } = options;
  if (typeof (instance as Partial<Observability> | undefined)?.http?.handle !== 'function') {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `observability.observability is ${typeof instance}; expected what createObservability returned.`,
    );
  }
  return { instance, telemetry: http === undefined ? instance.http : instance.http.withOptions(http) };
}
