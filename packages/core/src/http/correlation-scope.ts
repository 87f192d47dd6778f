import type { IncomingMessage, ServerResponse } from 'node:http';
import { ambientContext, runInAmbientContext } from '../context/ambient-context.ts';
import type { AmbientContext } from '../context/ambient-context.ts';
import { generateCorrelationId } from '../context/correlation-id.ts';
import { incomingToAmbient } from '../tracing/continue-trace.ts';
import { bindEmitters } from './bind-emitter.ts';
import { echoCorrelationId, readIncoming, resolveCorrelation } from './incoming-request.ts';
import type { CorrelationOptions } from './incoming-request.ts';
import { requestState, setRequestState } from './request-state.ts';

/** Gives a request its correlation ID and runs `next` in its context. */
export type CorrelationScope = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (correlationId: string) => void,
) => void;

/**
 * Builds what gives requests their correlation ID without any store: the one a request brings where it is trusted and valid,
 * else the trace ID it brings, else a new one. Sets the response header and runs `next` in the context of the request. A
 * request that has an ID keeps it.
 *
 * @throws `INVALID_OPTION`
 * @example
 * ```ts
 * const correlate = createCorrelationScope({ trustIncoming: false });
 * createServer((request, response) => correlate(request, response, (correlationId) => response.end(correlationId)));
 * ```
 */
export function createCorrelationScope(options: CorrelationOptions = {}): CorrelationScope {
  const resolved = resolveCorrelation(options);
  return (request, response, next) => {
    const known = requestState(request);
    if (known !== undefined) {
      next(known.correlationId);
      return;
    }
    const incoming = readIncoming(request, resolved);
    const correlationId = incoming.correlationId ?? incoming.traceparent?.traceId ?? generateCorrelationId();
    const ambient: AmbientContext = { ...incomingToAmbient(incoming, ambientContext()), correlationId };
    const run = <Result>(work: () => Result): Result => runInAmbientContext(ambient, work);
    setRequestState(request, { correlationId, incoming, run, response });
    echoCorrelationId(response, correlationId, resolved.responseHeader);
    bindEmitters(request, response);
    run(() => next(correlationId));
  };
}
