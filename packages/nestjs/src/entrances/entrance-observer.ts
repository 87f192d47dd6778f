import { isError, openIncomingOperation } from '@pg-observability/core';
import type { Attributes, MetricLabels, Observability, TraceCarrier } from '@pg-observability/core';
import type { CallObserver } from '../decorators/call-observer.ts';

/** Something that enters the application: a message, a job. */
export interface Entrance {
  /** What it brings of trace and correlation ID; nothing for what begins here. */
  readonly carrier: TraceCarrier;
  readonly spanName: string;
  readonly kind: 'server' | 'consumer' | 'internal';
  readonly attributes: Attributes;
  /** Histogram of seconds. */
  readonly metricName: string;
  readonly labels: MetricLabels;
  /** False for what is thrown to say something else than a failure. Default: everything is one. */
  isFailure?(error: unknown): boolean;
}

/** Opens the span and the context of what enters; its end is that of the call that is observed. */
export function observeEntrance(observability: Observability, entrance: Entrance): CallObserver {
  const { tracing, metrics } = observability;
  tracing.use();
  const operation = openIncomingOperation(entrance.carrier, entrance.spanName, {
    kind: entrance.kind,
    attributes: entrance.attributes,
    tracing,
  });
  const startedAt = performance.now();
  const record = (labels: MetricLabels): void => {
    const durationSeconds = (performance.now() - startedAt) / 1_000;
    metrics.histogram(entrance.metricName, durationSeconds, { ...entrance.labels, ...labels }, { unit: 's' });
  };
  const succeed = (): void => {
    operation.end();
    record({});
  };
  return {
    run: (work) => operation.run(work),
    succeed,
    leave: succeed,
    fail: (error) => {
      if (entrance.isFailure?.(error) === false) {
        succeed();
        return;
      }
      const type = errorType(error);
      operation.setAttribute('error.type', type);
      operation.end(error ?? new Error('Failed without a reason.'));
      record({ 'error.type': type });
    },
  };
}

function errorType(error: unknown): string {
  return isError(error) ? error.name || 'Error' : '_OTHER';
}
