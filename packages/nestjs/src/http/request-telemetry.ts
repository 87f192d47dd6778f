import { Inject, Injectable, Logger } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Observability } from '@pg-observability/core';
import { OBSERVABILITY_MODULE_OPTIONS } from '../module/module-options-token.ts';
import type { ObservabilityModuleOptions } from '../module/module-options.ts';
import { OBSERVABILITY } from '../module/observability-token.ts';
import { watchExceptions } from './exception-watch.ts';
import { installOnExpress } from './express-platform.ts';
import { installOnFastify } from './fastify-platform.ts';
import { graphqlPaths } from './graphql-paths.ts';
import type { RequestTarget } from './http-platform.ts';
import { resolveProbes } from './probe-options.ts';
import { ProbeResponder } from './probe-responder.ts';
import { createPrometheusResponder } from './prometheus-responder.ts';
import type { PrometheusResponder } from './prometheus-responder.ts';

/** Puts probes and request telemetry in front of everything the application does with a request. */
@Injectable()
export class RequestTelemetry {
  readonly #observability: Observability;
  readonly #adapterHost: HttpAdapterHost;
  readonly #config: ApplicationConfig;
  readonly #modules: ModulesContainer;
  readonly #probes: ProbeResponder;
  readonly #prometheus: PrometheusResponder | undefined;
  #mountedPaths: ReadonlySet<string> = new Set();
  #isWatching = false;

  constructor(
    @Inject(OBSERVABILITY) observability: Observability,
    @Inject(OBSERVABILITY_MODULE_OPTIONS) options: ObservabilityModuleOptions,
    @Inject(HttpAdapterHost) adapterHost: HttpAdapterHost,
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(ModulesContainer) modules: ModulesContainer,
  ) {
    this.#observability = observability;
    this.#adapterHost = adapterHost;
    this.#config = config;
    this.#modules = modules;
    const logger = new Logger('Observability');
    this.#probes = new ProbeResponder(observability.health, resolveProbes(options.probes), logger);
    this.#prometheus = createPrometheusResponder(observability.metrics, options.prometheus, logger);
    // As soon as the application has its adapter: at once under NestFactory, later under Test.createTestingModule. Either
    // way before main.ts mounts the first middleware.
    adapterHost.init$.subscribe(() => this.#install(adapterHost.httpAdapter));
  }

  /** Lets spans name the exceptions of requests; safe to call twice. */
  watchExceptions(): void {
    if (!this.#isWatching) {
      this.#isWatching = true;
      watchExceptions(this.#config, this.#modules);
    }
  }

  /** Nest calls it when the application's routes are known. */
  onApplicationBootstrap(): void {
    this.#mountedPaths = graphqlPaths(this.#modules, this.#config);
    if (isHttpAdapter(this.#adapterHost.httpAdapter)) {
      this.#probes.leaveRoutesOf(this.#adapterHost.httpAdapter);
      this.#prometheus?.leaveRoutesOf(this.#adapterHost.httpAdapter);
    }
  }

  #install(adapter: AbstractHttpAdapter | null | undefined): void {
    if (!isHttpAdapter(adapter)) {
      return;
    }
    const target: RequestTarget = {
      telemetry: this.#observability.http,
      answer: (request, response, url) =>
        this.#probes.answer(request, response, url) ||
        this.#prometheus?.answer(request, response, url) === true,
      mountedPaths: () => this.#mountedPaths,
    };
    if (adapter.getType() === 'fastify') {
      installOnFastify(adapter, target);
    } else {
      installOnExpress(adapter, target);
    }
  }
}

// A microservice and an application context have none.
function isHttpAdapter(adapter: AbstractHttpAdapter | null | undefined): adapter is AbstractHttpAdapter {
  return adapter !== null && adapter !== undefined && typeof adapter.getType === 'function';
}
