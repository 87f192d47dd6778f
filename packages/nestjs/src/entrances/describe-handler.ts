import { describeGatewayCall } from './gateway-call.ts';
import type { HandlerOperation } from './handler-operation.ts';
import { describeQueueJob } from './queue-job.ts';
import { describeScheduledJob } from './scheduled-job.ts';

/**
 * Describes a method by what the decorators of Nest's packages left on it or on its class.
 *
 * @param owner the class whose method it is
 * @returns undefined for a method that nothing calls from outside
 */
export function describeHandler(method: object, owner: Function, key: string): HandlerOperation | undefined {
  const methodName = `${owner.name}.${key}`;
  const place = { key, owner };
  return (
    describeScheduledJob(method, methodName) ??
    describeGatewayCall(method, methodName, place) ??
    describeQueueJob(methodName, place)
  );
}
