import { Inject, Injectable } from '@nestjs/common';
import type { PreRequestHook } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import type { Observability } from '@pg-observability/core';
import { defer } from 'rxjs';
import { tellOnce } from '../decorators/call-observer.ts';
import { observeStream } from '../decorators/observe-stream.ts';
import { OBSERVABILITY } from '../module/observability-token.ts';
import { observeEntrance } from './entrance-observer.ts';
import { messageCarrier } from './message-carrier.ts';
import { describeMessage } from './message-operation.ts';

/**
 * Gives each message of a microservice its context, span and metric, before its guards. Nest builds the handlers after the
 * providers, and so a constructor is early enough.
 */
@Injectable()
export class MessageTelemetry {
  constructor(
    @Inject(OBSERVABILITY) observability: Observability,
    @Inject(ApplicationConfig) config: ApplicationConfig,
  ) {
    // Nest 11 has no such hooks.
    if (typeof config.registerPreRequestHook === 'function') {
      config.registerPreRequestHook(createMessageHook(observability));
    }
  }
}

function createMessageHook(observability: Observability): PreRequestHook {
  return (context, next) => {
    if (context.getType() !== 'rpc') {
      return next();
    }
    const handler = context.getHandler();
    const message: unknown = context.switchToRpc().getContext();
    const described = describeMessage(handler, `${context.getClass().name}.${handler.name}`, message);
    const observer = observeEntrance(observability, { ...described, carrier: messageCarrier(message) });
    return observeStream(defer(next), tellOnce(observer));
  };
}
