import { Inject } from '@nestjs/common';

/** Token of the instance that `createObservability` made, or that `forRoot({ observability })` was given. */
export const OBSERVABILITY: unique symbol = Symbol.for('pg-observability.nestjs.observability');

/**
 * Injects the instance: tracing, metrics, health, workflows, alerts, `flush` and `stats`.
 *
 * @example
 * ```ts
 * constructor(@InjectObservability() observability: Observability) {}
 * ```
 */
export function InjectObservability(): ParameterDecorator & PropertyDecorator {
  return Inject(OBSERVABILITY);
}
