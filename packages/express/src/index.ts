export { correlationId } from './correlation-id.ts';
export type { ErrorBody, ErrorHandlerOptions, ShowMessages } from './error-handler.ts';
export { observability } from './observability.ts';
export type { ExistingObservability, ExpressObservability } from './observability.ts';
export type { ProbeOptions } from './probes.ts';
export type { PrometheusMountOptions } from './prometheus.ts';
