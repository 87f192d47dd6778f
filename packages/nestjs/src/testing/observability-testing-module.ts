import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Observability } from '@pg-observability/core';
import { createTestObservability } from '@pg-observability/core/testing';
import type { TestObservability, TestObservabilityOptions } from '@pg-observability/core/testing';
import type { NestObservabilityOptions } from '../module/module-options.ts';
import { ObservabilityModule } from '../module/observability-module.ts';
import { OBSERVABILITY } from '../module/observability-token.ts';

/** Token of the recorder: what `createTestObservability()` of core returns. */
export const TEST_OBSERVABILITY: unique symbol = Symbol.for('pg-observability.nestjs.test-observability');

/** Options of `ObservabilityTestingModule.forTest`, none of them needed: those of `createObservability`, and `probes`. */
export type ObservabilityTestingOptions = TestObservabilityOptions & NestObservabilityOptions;

/**
 * `ObservabilityModule` for tests: the same request telemetry, probes and services on a store in memory, and a recorder to
 * inject. Closing the application or the testing module shuts it down and takes everything global back.
 *
 * In place of a `forRoot` in the imports of a testing module. Where the application configures ObservabilityModule itself,
 * override the instance: `.overrideProvider(OBSERVABILITY).useValue(createTestObservability().observability)`; Nest's
 * `overrideModule(ObservabilityModule)` does not find what `forRoot` returns, only the very object in the imports.
 *
 * @example
 * ```ts
 * const testing = await Test.createTestingModule({
 *   imports: [ObservabilityTestingModule.forTest(), OrdersModule],
 * }).compile();
 * const recorder = testing.get<TestObservability>(TEST_OBSERVABILITY);
 * ```
 */
@Module({})
export class ObservabilityTestingModule extends ObservabilityModule {
  /**
   * The module with a recorder of its own.
   * @param options `serviceName` defaults to `test`, `store` to `memoryStore()`
   * @throws `INVALID_ARGUMENT`, `INVALID_OPTION`
   */
  static forTest(options: ObservabilityTestingOptions = {}): DynamicModule {
    const { probes, ...instanceOptions } = options;
    const {
      providers = [],
      exports = [],
      ...definition
    } = super.forRoot({
      serviceName: 'test',
      ...options,
      probes,
    });
    return {
      ...definition,
      module: ObservabilityTestingModule,
      // The last provider of a token is the one that counts.
      providers: [
        ...providers,
        { provide: TEST_OBSERVABILITY, useFactory: () => createTestObservability(instanceOptions) },
        {
          provide: OBSERVABILITY,
          inject: [TEST_OBSERVABILITY],
          useFactory: (recorder: TestObservability): Observability => recorder.observability,
        },
      ],
      exports: [...exports, TEST_OBSERVABILITY],
    };
  }
}
