import 'reflect-metadata';
import { activeTrace, isError } from '@pg-observability/core';
import type { Attributes, TraceCarrier } from '@pg-observability/core';
import type { HandlerOperation } from './handler-operation.ts';

// Nest's own name, in a package that need not be installed.
const PROCESSOR = 'bullmq:processor_metadata';
// What a processor throws to tell BullMQ that the job goes on later.
const POSTPONED: ReadonlySet<string> = new Set([
  'DelayedError',
  'RateLimitError',
  'WaitingChildrenError',
  'WaitingError',
]);

/**
 * Describes the calls of `process` of a class with `@Processor` of `@nestjs/bullmq`, by OpenTelemetry's conventions for messaging.
 * The trace comes from where BullMQ itself keeps it: `job.opts.telemetry.metadata`, a JSON text of headers.
 *
 * @source https://opentelemetry.io/docs/specs/semconv/messaging/
 * @param methodName `Class.method`
 * @returns undefined for any other method
 */
export function describeQueueJob(
  methodName: string,
  { key, owner }: { key: string; owner: object },
): HandlerOperation | undefined {
  const queue = key === 'process' ? queueOf(owner) : undefined;
  if (queue === undefined) {
    return undefined;
  }
  const labels = {
    'messaging.system': 'bullmq',
    'messaging.operation.name': 'process',
    'messaging.destination.name': queue,
  };
  const attributes = { ...labels, 'messaging.operation.type': 'process', 'code.function.name': methodName };
  return {
    describe: ([job]) => ({
      carrier: jobCarrier(job),
      spanName: `process ${queue}`,
      kind: 'consumer',
      attributes: { ...attributes, ...jobAttributes(job) },
      metricName: 'messaging.process.duration',
      labels,
      isFailure: (error) => !(isError(error) && POSTPONED.has(error.name)),
    }),
    // Where BullMQ was given telemetry of its own, it has opened a span already.
    isEntrance: () => activeTrace() === undefined,
  };
}

function queueOf(owner: object): string | undefined {
  const { name } = (Reflect.getMetadata(PROCESSOR, owner) ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name : undefined;
}

function jobCarrier(job: unknown): TraceCarrier {
  try {
    const { opts } = job as { opts?: { telemetry?: { metadata?: unknown } } };
    const headers: unknown = JSON.parse(String(opts?.telemetry?.metadata));
    return typeof headers === 'object' ? (headers as TraceCarrier) : undefined;
  } catch {
    return undefined;
  }
}

function jobAttributes(job: unknown): Attributes {
  const { id, name } = (job ?? {}) as { id?: unknown; name?: unknown };
  return {
    ...(typeof id === 'string' ? { 'messaging.message.id': id } : {}),
    ...(typeof name === 'string' ? { 'job.name': name } : {}),
  };
}
