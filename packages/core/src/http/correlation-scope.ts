import type { IncomingMessage, ServerResponse } from 'node:http';
import { ambientContext, runInAmbientContext } from '../context/ambient-context.ts';
import type { AmbientContext } from '../context/ambient-context.ts';
import { generateCorrelationId } from '../context/correlation-id.ts';
import { incomingToAmbient } from '../tracing/continue-trace.ts';
import { bindEmitter } from './bind-emitter.ts';
import { echoCorrelationId, readIncoming } from './incoming-request.ts';
import type { CorrelationOptions } from './incoming-request.ts';
import { requestState, setRequestState } from './request-state.ts';

/**
 * Gives a request its correlation ID without any store: the one it brings where it is trusted and valid, else the trace ID it
 * brings, else a new one; sets the response header and runs `next` in its context. A request that has one keeps it.
 */
export function runWithCorrelationId(
  request: IncomingMessage,
  response: ServerResponse,
  options: CorrelationOptions,
  next: (correlationId: string) => void,
): void {
  const known = requestState(request);
  if (known !== undefined) {
    next(known.correlationId);
    return;
  }
  const incoming = readIncoming(request, options);
  const base = ambientContext();
  const correlationId = incoming.correlationId ?? incoming.traceparent?.traceId ?? generateCorrelationId();
  const ambient: AmbientContext = { ...incomingToAmbient(incoming, base), correlationId };
  setRequestState(request, { correlationId, incoming, ambient });
  echoCorrelationId(response, correlationId, options.responseHeader);
  const runInContext = <Result>(work: () => Result): Result => runInAmbientContext(ambient, work);
  bindEmitter(request, runInContext);
  bindEmitter(response, runInContext);
  runInContext(() => next(correlationId));
}
