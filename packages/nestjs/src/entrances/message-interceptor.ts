import { Inject, Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observability } from '@pg-observability/core';
import type { Observable } from 'rxjs';
import { OBSERVABILITY } from '../module/observability-token.ts';
import { observeMessage } from './observe-message.ts';

/**
 * Gives each message of a microservice its context, span and metric where Nest has no hook for it: on Nest 11, and in a hybrid
 * application without `inheritAppConfig`. It begins after the guards, so what they refuse is not seen. Where the hook has seen
 * the message, and for requests, it does nothing.
 *
 * @example
 * ```ts
 * @Controller()
 * @UseInterceptors(MessageInterceptor)
 * export class StockController {}
 * ```
 */
@Injectable()
export class MessageInterceptor implements NestInterceptor {
  readonly #observability: Observability;

  constructor(@Inject(OBSERVABILITY) observability: Observability) {
    this.#observability = observability;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return observeMessage(this.#observability, context, () => next.handle());
  }
}
