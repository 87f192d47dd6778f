import { Logger } from '@nestjs/common';
import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import {
  AlertManager,
  createObservability,
  HealthChecker,
  MetricsCollector,
  WorkflowStateTracker,
} from '@pg-observability/core';
import type { Observability } from '@pg-observability/core';
import { HandlerTelemetry } from '../entrances/handler-telemetry.ts';
import { MessageTelemetry } from '../entrances/message-telemetry.ts';
import { RequestTelemetry } from '../http/request-telemetry.ts';
import { ObservabilityLifecycle } from '../lifecycle/observability-lifecycle.ts';
import { assertModuleOptions } from './assert-module-options.ts';
import { assertRegisteredOnce } from './assert-registered-once.ts';
import { OBSERVABILITY_MODULE_OPTIONS } from './module-options-token.ts';
import type { ObservabilityModuleOptions } from './module-options.ts';
import { OBSERVABILITY } from './observability-token.ts';

/** What the configured module provides. */
export const MODULE_PROVIDERS: readonly Provider[] = [
  {
    provide: OBSERVABILITY,
    inject: [OBSERVABILITY_MODULE_OPTIONS, ModulesContainer],
    useFactory: (options: ObservabilityModuleOptions, modules: ModulesContainer): Observability => {
      assertRegisteredOnce(modules);
      return toObservability(options);
    },
  },
  part(MetricsCollector, (observability) => observability.metrics),
  part(WorkflowStateTracker, (observability) => observability.workflows),
  part(HealthChecker, (observability) => observability.health),
  part(AlertManager, (observability) => observability.alerts),
  RequestTelemetry,
  MessageTelemetry,
  HandlerTelemetry,
  ObservabilityLifecycle,
];

/** What other modules can inject. */
export const MODULE_EXPORTS: InjectionToken[] = [
  OBSERVABILITY,
  MetricsCollector,
  WorkflowStateTracker,
  HealthChecker,
  AlertManager,
];

function part(
  provide: InjectionToken,
  useFactory: (observability: Observability) => unknown,
): FactoryProvider {
  return { provide, inject: [OBSERVABILITY], useFactory };
}

function toObservability(options: ObservabilityModuleOptions): Observability {
  // A factory of forRootAsync can answer anything.
  assertModuleOptions(options);
  if (options.observability !== undefined) {
    return options.observability;
  }
  const { probes: _probes, observability: _observability, ...created } = options;
  return createObservability({ ...created, logger: created.logger ?? new Logger('Observability') });
}
