import { createCorrelationScope } from '@pg-observability/core';
import type { CorrelationOptions } from '@pg-observability/core';
import type { RequestHandler } from 'express';
import { uncalledError, uncalledNext } from './uncalled.ts';

declare global {
  // Express' own way to extend its request: an open namespace.
  namespace Express {
    interface Request {
      /**
       * The correlation ID of this request: the one it came with where that was trusted and valid, else a new one. Set by
       * `correlationId()` and by the request telemetry; undefined before them.
       */
      correlationId?: string | undefined;
    }
  }
}

/**
 * Middleware that gives every request a correlation ID, without any store. The ID is taken from `x-correlation-id`,
 * `x-request-id` or `traceparent`, whichever is there first, if it is trusted and valid (1 to 64 characters out of
 * `A-Z a-z 0-9 . _ : -`); else one is made. It is on `request.correlationId`, on the response, and in the context:
 * `currentCorrelationId()` answers it anywhere below, also after body parsers, in streams and in `close` listeners.
 *
 * Mount it first. It is not needed where `observability(…).middleware()` is mounted, and does no harm there.
 *
 * @param options `trustIncoming` (default true), `requestHeaders`, `responseHeader` (default `x-correlation-id`, false for none)
 * @throws `INVALID_OPTION` with what came and what is expected
 * @example
 * ```ts
 * app.use(correlationId());
 * app.get('/', (request, response) => response.json({ correlationId: request.correlationId }));
 * ```
 */
export function correlationId(options?: CorrelationOptions): RequestHandler;
export function correlationId(...args: unknown[]): RequestHandler | undefined {
  const next = uncalledNext(args);
  if (next !== undefined) {
    next(uncalledError('correlationId', 'app.use(correlationId())'));
    return undefined;
  }
  const [options] = args as [CorrelationOptions?];
  const scope = createCorrelationScope(options);
  return (request, response, proceed) => {
    scope(request, response, (id) => {
      request.correlationId = id;
      proceed();
    });
  };
}
