import 'reflect-metadata';
import { activeTrace } from '@pg-observability/core';
import type { Attributes } from '@pg-observability/core';
import type { Entrance } from './entrance-observer.ts';

// Nest's own names, in packages that need not be installed.
const SCHEDULER_TYPE = 'SCHEDULER_TYPE';
const SCHEDULER_NAME = 'SCHEDULER_NAME';
const MESSAGE_MAPPING = 'websockets:message_mapping';
const MESSAGE = 'message';
const JOB_TYPES: Readonly<Record<number, { type: string; options: string }>> = {
  1: { type: 'cron', options: 'SCHEDULE_CRON_OPTIONS' },
  2: { type: 'timeout', options: 'SCHEDULE_TIMEOUT_OPTIONS' },
  3: { type: 'interval', options: 'SCHEDULE_INTERVAL_OPTIONS' },
};

/** How the calls of a method enter the application. */
export interface HandlerOperation extends Omit<Entrance, 'carrier'> {
  /** False for a call that is no entrance: a job that a request calls is a part of that request. */
  isEntrance(): boolean;
}

/**
 * Describes a method by what Nest's decorators left on it: `@Cron`, `@Interval` and `@Timeout` of `@nestjs/schedule`, and
 * `@SubscribeMessage` of `@nestjs/websockets`.
 * @param methodName `Class.method`
 * @returns undefined for any other method
 */
export function describeHandler(method: object, methodName: string): HandlerOperation | undefined {
  const job = JOB_TYPES[Number(Reflect.getMetadata(SCHEDULER_TYPE, method))];
  if (job !== undefined) {
    return describeJob(method, methodName, job);
  }
  return Reflect.getMetadata(MESSAGE_MAPPING, method) === true
    ? describeSocketMessage(method, methodName)
    : undefined;
}

// There are no conventions for WebSockets; a message that names what is to be done is a remote call.
function describeSocketMessage(method: object, methodName: string): HandlerOperation {
  const message: unknown = Reflect.getMetadata(MESSAGE, method);
  const name = typeof message === 'string' ? message : (JSON.stringify(message) ?? methodName);
  const labels = { 'rpc.system.name': 'websocket', 'rpc.method': name };
  return {
    spanName: name,
    kind: 'server',
    attributes: { ...labels, 'code.function.name': methodName },
    metricName: 'rpc.server.call.duration',
    labels,
    isEntrance: () => true,
  };
}

function describeJob(
  method: object,
  methodName: string,
  { type, options }: { type: string; options: string },
): HandlerOperation {
  const given: unknown = Reflect.getMetadata(SCHEDULER_NAME, method);
  const name = typeof given === 'string' && given !== '' ? given : methodName;
  const labels = { 'job.name': name, 'job.type': type };
  return {
    spanName: name,
    kind: 'internal',
    attributes: {
      ...labels,
      ...schedule(Reflect.getMetadata(options, method)),
      'code.function.name': methodName,
    },
    metricName: 'job.duration',
    labels,
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
