export { ObservabilityModule } from './module/observability-module.ts';
export type { ObservabilityModuleExtras } from './module/module-definition.ts';
export type {
  CreatedInstanceOptions,
  NestObservabilityOptions,
  ObservabilityModuleOptions,
  ReadyInstanceOptions,
} from './module/module-options.ts';
export type { ProbeOptions } from './http/probe-options.ts';
export type {
  ObservabilityModuleAsyncOptions,
  ObservabilityOptionsFactory,
} from './module/module-async-options.ts';
export { InjectObservability, OBSERVABILITY } from './module/observability-token.ts';

export { Counted } from './decorators/counted.ts';
export { Timed } from './decorators/timed.ts';
export { Traced } from './decorators/traced.ts';
export type { TracedDecorator, TracedOptions } from './decorators/traced.ts';

export { MessageInterceptor } from './entrances/message-interceptor.ts';
export { propagateTrace } from './entrances/propagate-trace.ts';
export type { DispatchingClient } from './entrances/propagate-trace.ts';

export { CorrelationLogger } from './logging/correlation-logger.ts';
