import { ConsoleLogger, Injectable } from '@nestjs/common';
import { logFields } from '@pg-observability/core';

/**
 * Nest's console logger with the correlation ID of the request in each line; with `json: true` also `trace_id` and `span_id`.
 * Takes the options of `ConsoleLogger`.
 *
 * @example
 * ```ts
 * const app = await NestFactory.create(AppModule, { bufferLogs: true, logger: new CorrelationLogger() });
 * // [Nest] 4711  - 11/23/2026, 12:00:00 PM     LOG [4bf92f3577b34da6a3ce929d0e0e4736] [OrdersService] placed
 * ```
 */
@Injectable()
export class CorrelationLogger extends ConsoleLogger {
  protected override formatMessage(...parts: Parameters<ConsoleLogger['formatMessage']>): string {
    const [level, message, pid, formattedLevel, context, ...rest] = parts;
    const { correlation_id: correlationId } = logFields();
    const marked = correlationId === undefined ? context : `[${correlationId}] ${context}`;
    return super.formatMessage(level, message, pid, formattedLevel, marked, ...rest);
  }

  protected override getJsonLogObject(
    ...parts: Parameters<ConsoleLogger['getJsonLogObject']>
  ): ReturnType<ConsoleLogger['getJsonLogObject']> {
    return { ...super.getJsonLogObject(...parts), ...logFields() };
  }
}
