import { ObservabilityError } from '@pg-observability/core';

const ASYNC_KEYS = ['useFactory', 'useClass', 'useExisting'];

/**
 * Checks what `createObservability` does not see.
 * @throws `INVALID_ARGUMENT` unless they are an object; `INVALID_OPTION` unless `observability` is an instance, if given
 */
export function assertModuleOptions(options: unknown): void {
  assertObject('forRoot', options, "{ serviceName: 'order-service' }");
  const { observability } = options as { observability?: { start?: unknown } | null };
  if (observability !== undefined && typeof observability?.start !== 'function') {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `observability of ObservabilityModule is ${observability === null ? 'null' : typeof observability}; expected what createObservability() returned.`,
    );
  }
}

/** @throws `INVALID_ARGUMENT` unless they have exactly one of `useFactory`, `useClass` and `useExisting` */
export function assertAsyncOptions(options: unknown): void {
  assertObject('forRootAsync', options, '{ useFactory: () => options }');
  const given = ASYNC_KEYS.filter((key) => (options as Record<string, unknown>)[key] !== undefined);
  if (given.length !== 1) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `ObservabilityModule.forRootAsync got ${given.join(' and ') || 'none'} of ${ASYNC_KEYS.join(', ')}; expected one of them.`,
    );
  }
}

function assertObject(method: string, options: unknown, example: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `ObservabilityModule.${method} got ${options === null ? 'null' : typeof options}; expected options, for example ${example}.`,
    );
  }
}
