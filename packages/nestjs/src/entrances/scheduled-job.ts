import 'reflect-metadata';
import { activeTrace } from '@pg-observability/core';
import type { Attributes } from '@pg-observability/core';
import type { HandlerOperation } from './handler-operation.ts';

// Nest's own names, in a package that need not be installed.
const SCHEDULER_TYPE = 'SCHEDULER_TYPE';
const SCHEDULER_NAME = 'SCHEDULER_NAME';
const JOB_TYPES: Readonly<Record<number, { type: string; options: string }>> = {
  1: { type: 'cron', options: 'SCHEDULE_CRON_OPTIONS' },
  2: { type: 'timeout', options: 'SCHEDULE_TIMEOUT_OPTIONS' },
  3: { type: 'interval', options: 'SCHEDULE_INTERVAL_OPTIONS' },
};

/**
 * Describes the runs of a method with `@Cron`, `@Interval` or `@Timeout` of `@nestjs/schedule`.
 * @param methodName `Class.method`
 * @returns undefined for any other method
 */
export function describeScheduledJob(method: object, methodName: string): HandlerOperation | undefined {
  const job = JOB_TYPES[Number(Reflect.getMetadata(SCHEDULER_TYPE, method))];
  if (job === undefined) {
    return undefined;
  }
  const given: unknown = Reflect.getMetadata(SCHEDULER_NAME, method);
  const name = typeof given === 'string' && given !== '' ? given : methodName;
  const labels = { 'job.name': name, 'job.type': job.type };
  const attributes = {
    ...labels,
    ...schedule(Reflect.getMetadata(job.options, method)),
    'code.function.name': methodName,
  };
  return {
    describe: () => ({
      carrier: undefined,
      spanName: name,
      kind: 'internal',
      attributes,
      metricName: 'job.duration',
      labels,
    }),
    isEntrance: () => activeTrace() === undefined,
  };
}

function schedule(options: unknown): Attributes {
  const { cronTime, timeout } = (options ?? {}) as { cronTime?: unknown; timeout?: unknown };
  return {
    ...(typeof cronTime === 'string' ? { 'job.schedule': cronTime } : {}),
    ...(typeof timeout === 'number' ? { 'job.period_ms': timeout } : {}),
  };
}
