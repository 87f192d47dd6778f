import type { Entrance } from './entrance-observer.ts';
import { describeGatewayCall } from './gateway-call.ts';
import { describeQueueJob } from './queue-job.ts';
import { describeScheduledJob } from './scheduled-job.ts';

/** How the calls of a method enter the application. */
export interface HandlerOperation {
  /** What one call brings and is called. */
  describe(args: readonly unknown[]): Entrance;
  /** False for a call that is no entrance: a job that a request calls is a part of that request. */
  isEntrance(): boolean;
}

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
