import { activeTrace, currentCorrelationId } from '../context/correlation-id.ts';

/** What a log line carries so that it is found from a trace, and the trace from it. Absent outside of any request or span. */
export interface LogFields {
  /** Correlation ID of the request or job. */
  correlation_id?: string;
  /** 32 hex digits. */
  trace_id?: string;
  /** 16 hex digits. */
  span_id?: string;
}

/**
 * The fields of a log line that is written now. The names are those of OpenTelemetry's logs in JSON.
 *
 * @returns a new object; empty outside of any request, job or span
 * @source https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/
 * @example
 * ```ts
 * const logger = pino({ mixin: logFields });
 * ```
 */
export function logFields(): LogFields {
  const correlationId = currentCorrelationId();
  const trace = activeTrace();
  return {
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
    ...(trace === undefined ? {} : { trace_id: trace.traceId, span_id: trace.spanId }),
  };
}

/** A format as winston's `format.combine` takes it. */
export interface CorrelationFormat {
  transform<Info extends object>(info: Info): Info;
}

/**
 * A winston format that adds {@link logFields} to each line; fields the caller gave stay as they are. Put it first in
 * `format.combine`.
 *
 * @example
 * ```ts
 * const logger = winston.createLogger({ format: format.combine(correlationFormat(), format.json()) });
 * ```
 */
export function correlationFormat(): CorrelationFormat {
  return {
    transform: (info) => {
      for (const [name, value] of Object.entries(logFields())) {
        if (!(name in info)) {
          Object.assign(info, { [name]: value });
        }
      }
      return info;
    },
  };
}
