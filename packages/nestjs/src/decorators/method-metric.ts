import type { MetricLabels } from '@pg-observability/core';
import { assertName, assertPlainObject } from './decorator-arguments.ts';

/** A metric about the calls of a method. */
export interface MethodMetric {
  readonly name: string;
  labels(methodName: string, outcome: 'ok' | 'error'): MetricLabels;
}

/**
 * Checks what a metric decorator was given. A metric that several methods share by default names the method in a label; one
 * that the application named is its own.
 * @throws `INVALID_ARGUMENT`
 */
export function resolveMethodMetric(
  decorator: string,
  defaultName: string,
  name: string | undefined,
  labels: MetricLabels | undefined,
): MethodMetric {
  assertName(decorator, name);
  assertPlainObject(decorator, 'labels', labels ?? {});
  return {
    name: name ?? defaultName,
    labels: (methodName, outcome) => ({
      ...(name === undefined ? { 'code.function.name': methodName } : {}),
      outcome,
      ...labels,
    }),
  };
}
