import { Inject, Injectable } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import type { Observability } from '@pg-observability/core';
import { OBSERVABILITY } from '../module/observability-token.ts';
import { observeMessage } from './observe-message.ts';

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
    // Nest 11 has no such hooks; there is MessageInterceptor.
    if (typeof config.registerPreRequestHook === 'function') {
      config.registerPreRequestHook((context, next) => observeMessage(observability, context, next));
    }
  }
}
