import { ambientContext, runInAmbientContext } from '../context/ambient-context.ts';
import { incomingToAmbient } from './continue-trace.ts';
import { currentTracing } from './current-tracer.ts';
import type { Attributes } from './opentelemetry-types.ts';
import { loadApi } from './optional-opentelemetry.ts';
import { toRemoteContext } from './remote-context.ts';
import { readTraceCarrier } from './trace-carrier.ts';
import type { TraceCarrier } from './trace-carrier.ts';
import type { Tracing } from './tracing.ts';
import { TracingContext } from './tracing-context.ts';

const KINDS = { internal: 0, server: 1, consumer: 4 } as const;

/** What {@link openIncomingOperation} is told beside the carrier and the name. */
export interface IncomingOperation {
  /** Kind of the span. Default `internal`. */
  kind?: keyof typeof KINDS | undefined;
  /** Attributes by OpenTelemetry's names. */
  attributes?: Attributes | undefined;
  /** The tracing of the instance that records it. Default: the one that is current. */
  tracing?: Tracing | undefined;
}

/**
 * For adapters: starts the operation of a message or a job, as a child of what the carrier says and never of what happens to be
 * active. The correlation ID of the carrier is current inside `run`. The caller ends it;
 * until then `drain()` and `shutdown()` of the instance wait, no longer than `drainTimeoutMs`.
 *
 * Where the end is that of a function, use `continueTrace`.
 *
 * @param carrier headers of the message; what is missing or invalid is passed over
 * @param operationName name of the span; keep IDs out of it
 * @example
 * ```ts
 * const operation = openIncomingOperation(message.headers, 'process orders', { kind: 'consumer' });
 * operation.run(() => consume(message, () => operation.end()));
 * ```
 */
export function openIncomingOperation(
  carrier: TraceCarrier,
  operationName: string,
  { kind = 'internal', attributes, tracing }: IncomingOperation = {},
): TracingContext {
  const incoming = readTraceCarrier(carrier);
  const base = incomingToAmbient(incoming, ambientContext());
  const ambient = { ...base, tracing: tracing ?? base.tracing };
  const api = loadApi();
  const parent =
    api === undefined
      ? undefined
      : toRemoteContext(api, api.trace.deleteSpan(api.context.active()), incoming);
  const onEnd = (tracing ?? currentTracing())?.operations.enter();
  const start = { parent, ambient, options: { kind: KINDS[kind] }, onEnd };
  return runInAmbientContext(ambient, () => new TracingContext(operationName, attributes, start));
}
