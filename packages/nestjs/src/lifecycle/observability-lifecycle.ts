import { Inject, Injectable, Logger } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleDestroy,
  OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Observability } from '@pg-observability/core';
import type { Server } from 'node:http';
import { OBSERVABILITY_MODULE_OPTIONS } from '../module/module-options-token.ts';
import type { ObservabilityModuleOptions } from '../module/module-options.ts';
import { OBSERVABILITY } from '../module/observability-token.ts';
import { watchShutdownSignals } from './shutdown-signals.ts';
import type { SignalWatch } from './shutdown-signals.ts';

const DEFAULT_FLUSH_TIMEOUT_MS = 5_000;
// A connection that was cut off is closed a turn of the event loop later, and then its span can be stored.
const CUT_OFF_MS = 200;
// main.ts may enable the hooks after listen().
const REMINDER_DELAY_MS = 1_000;
const REMINDER =
  'Shutdown hooks are not enabled, so at SIGTERM the process ends at once: requests in flight are cut off and the telemetry of the last second is lost. Call app.enableShutdownHooks() in main.ts.';

/**
 * Starts and ends the instance with the application. At a signal readiness is refused at once; then Nest calls the hooks:
 * before HTTP is closed requests in flight finish and everything is flushed, while pools of the application are still open;
 * afterwards the rest is flushed and what the instance opened is closed. A request that hangs is cut off when its time is over.
 */
@Injectable()
export class ObservabilityLifecycle
  implements
    OnModuleInit,
    OnApplicationBootstrap,
    OnModuleDestroy,
    BeforeApplicationShutdown,
    OnApplicationShutdown
{
  readonly #observability: Observability;
  readonly #options: ObservabilityModuleOptions;
  readonly #adapterHost: HttpAdapterHost;
  readonly #logger = new Logger('Observability');
  #signals: SignalWatch | undefined;
  #reminder: NodeJS.Timeout | undefined;

  constructor(
    @Inject(OBSERVABILITY) observability: Observability,
    @Inject(OBSERVABILITY_MODULE_OPTIONS) options: ObservabilityModuleOptions,
    @Inject(HttpAdapterHost) adapterHost: HttpAdapterHost,
  ) {
    this.#observability = observability;
    this.#options = options;
    this.#adapterHost = adapterHost;
  }

  async onModuleInit(): Promise<void> {
    this.#signals ??= watchShutdownSignals(() => this.#observability.health.setDraining(true));
    await this.#observability.start();
  }

  onApplicationBootstrap(): void {
    // An application that never listens is a test; a context without HTTP never does.
    if (this.#adapterHost.httpAdapter) {
      this.#adapterHost.listen$.subscribe(() => this.#remindOfShutdownHooks());
    } else {
      this.#remindOfShutdownHooks();
    }
  }

  onModuleDestroy(): void {
    clearTimeout(this.#reminder);
    this.#signals?.stop();
    this.#observability.health.setDraining(true);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#observability.drain();
    await this.#cutOff();
    await this.#flush();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.#options.observability === undefined) {
      await this.#observability.shutdown();
    } else {
      await this.#flush();
    }
  }

  /** Nest closes HTTP next, and would wait for a request that hangs for ever. */
  async #cutOff(): Promise<void> {
    const { http } = this.#observability;
    if (http.inFlight > 0) {
      serverOf(this.#adapterHost)?.closeAllConnections?.();
      await http.untilIdle(CUT_OFF_MS);
    }
  }

  async #flush(): Promise<void> {
    const options = this.#options;
    const { flushTimeoutMs = DEFAULT_FLUSH_TIMEOUT_MS } =
      ('shutdown' in options ? options.shutdown : undefined) ?? {};
    // What is not stored now is tried again at shutdown, and counted there.
    await this.#observability.flush(flushTimeoutMs).catch(() => undefined);
  }

  #remindOfShutdownHooks(): void {
    this.#reminder = setTimeout(() => {
      if (this.#signals?.isEnabled !== true) {
        this.#logger.warn(REMINDER);
      }
    }, REMINDER_DELAY_MS);
    this.#reminder.unref();
  }
}

// An application without HTTP has none, and that of HTTP/2 cannot close connections.
function serverOf({
  httpAdapter,
}: HttpAdapterHost): Partial<Pick<Server, 'closeAllConnections'>> | undefined {
  return typeof httpAdapter?.getHttpServer === 'function'
    ? (httpAdapter.getHttpServer() as Partial<Server> | undefined)
    : undefined;
}
