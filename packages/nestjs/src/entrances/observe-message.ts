import type { ExecutionContext } from '@nestjs/common';
import type { Observability } from '@pg-observability/core';
import { defer } from 'rxjs';
import type { Observable } from 'rxjs';
import { tellOnce } from '../decorators/call-observer.ts';
import { observeStream } from '../decorators/observe-stream.ts';
import { observeEntrance } from './entrance-observer.ts';
import { messageCarrier } from './message-carrier.ts';
import { describeMessage } from './message-operation.ts';

// The calls of handlers that are observed, by the list of arguments that Nest makes for each and hands to whatever surrounds it.
const observed = new WeakSet<object>();

/**
 * Opens the context, the span and the metric of a message around the rest of its way; what is no message, and what is observed
 * already, is passed on.
 */
export function observeMessage(
  observability: Observability,
  context: ExecutionContext,
  next: () => Observable<unknown>,
): Observable<unknown> {
  const args = context.getArgs();
  if (context.getType() !== 'rpc' || observed.has(args)) {
    return next();
  }
  observed.add(args);
  const handler = context.getHandler();
  const message: unknown = context.switchToRpc().getContext();
  const described = describeMessage(handler, `${context.getClass().name}.${handler.name}`, message);
  const observer = observeEntrance(observability, { ...described, carrier: messageCarrier(message) });
  return observeStream(defer(next), tellOnce(observer));
}
