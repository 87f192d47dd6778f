import { Inject, Module, Optional } from '@nestjs/common';
import type { DynamicModule, NestModule } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { RequestTelemetry } from '../http/request-telemetry.ts';
import { assertAsyncOptions, assertModuleOptions } from './assert-module-options.ts';
import { assertConfigured } from './assert-registered-once.ts';
import { ConfigurableModuleClass } from './module-definition.ts';
import type { ASYNC_OPTIONS_TYPE, OPTIONS_TYPE } from './module-definition.ts';

/**
 * Observability of a NestJS application: request telemetry, correlation IDs, probes, and the services to inject. Global, and
 * configured once, in the root module.
 *
 * @example
 * ```ts
 * @Module({ imports: [ObservabilityModule.forRoot({ serviceName: 'order-service' })] })
 * export class AppModule {}
 * ```
 */
@Module({})
export class ObservabilityModule extends ConfigurableModuleClass implements NestModule {
  readonly #requestTelemetry: RequestTelemetry | undefined;

  constructor(
    @Optional() @Inject(RequestTelemetry) requestTelemetry: RequestTelemetry | undefined,
    @Inject(ModulesContainer) modules: ModulesContainer,
  ) {
    super();
    this.#requestTelemetry = requestTelemetry;
    assertConfigured(ObservabilityModule, modules);
  }

  /**
   * Configures the module with options that are known now.
   *
   * @param options those of `createObservability` (or a ready `observability`), `probes`, and `isGlobal` (default true)
   * @throws `INVALID_ARGUMENT`, `INVALID_OPTION`; when the application starts, `ALREADY_REGISTERED` for a second one and
   * `STORE_REQUIRED` in production without a store and without `DATABASE_URL`
   */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    assertModuleOptions(options);
    return super.forRoot(options);
  }

  /**
   * Configures the module with options that other providers know.
   *
   * @param options `imports`, `inject` and one of `useFactory`, `useClass`, `useExisting`; a class has the method
   * `createObservabilityOptions()`
   * @throws when the application starts, as `forRoot` does
   * @example
   * ```ts
   * ObservabilityModule.forRootAsync({
   *   inject: [DataSource],
   *   useFactory: (dataSource: DataSource) => ({ serviceName: 'order-service', store: typeormStore(dataSource) }),
   * })
   * ```
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    assertAsyncOptions(options);
    return super.forRootAsync(options);
  }

  /** Nest calls it after `main.ts` has set the application up and before routes are made. */
  configure(): void {
    this.#requestTelemetry?.watchExceptions();
  }
}
