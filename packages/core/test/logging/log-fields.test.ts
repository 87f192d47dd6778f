import { pino } from 'pino';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import winston from 'winston';
import { runInAmbientContext } from '../../src/context/ambient-context.ts';
import { correlationFormat, logFields } from '../../src/logging/log-fields.ts';

const TRACE = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const FIELDS = { correlation_id: 'order-42', trace_id: TRACE.traceId, span_id: TRACE.spanId };

describe('logFields', () => {
  it('names the correlation ID, the trace and the span of the code that runs', () => {
    const fields = inRequest(() => logFields());

    expect(fields).toEqual(FIELDS);
  });

  it('is empty outside of any request or span', () => {
    expect(logFields()).toEqual({});
  });

  it('gives the trace ID as the correlation ID where there is no other', () => {
    const fields = runInAmbientContext(TRACE, () => logFields());

    expect(fields).toEqual({ ...FIELDS, correlation_id: TRACE.traceId });
  });

  it('is a mixin of pino', () => {
    const lines: unknown[] = [];
    const logger = pino({ base: null, timestamp: false, mixin: logFields }, collect(lines));

    inRequest(() => logger.info('placed'));
    logger.info('idle');

    expect(lines).toEqual([
      { level: 30, ...FIELDS, msg: 'placed' },
      { level: 30, msg: 'idle' },
    ]);
  });
});

describe('correlationFormat', () => {
  it('adds the fields to lines of winston', () => {
    const { logger, lines } = winstonLogger();

    inRequest(() => logger.info('placed', { orderId: 7 }));
    logger.info('idle');

    expect(lines).toEqual([
      { level: 'info', message: 'placed', orderId: 7, ...FIELDS },
      { level: 'info', message: 'idle' },
    ]);
  });

  it('keeps a field that the caller gave', () => {
    const { logger, lines } = winstonLogger();

    inRequest(() => logger.info('replayed', { correlation_id: 'of-the-replayed-job' }));

    expect(lines).toEqual([
      { level: 'info', message: 'replayed', ...FIELDS, correlation_id: 'of-the-replayed-job' },
    ]);
  });
});

function inRequest<Result>(work: () => Result): Result {
  return runInAmbientContext({ ...TRACE, correlationId: 'order-42' }, work);
}

function winstonLogger(): { logger: winston.Logger; lines: unknown[] } {
  const lines: unknown[] = [];
  const logger = winston.createLogger({
    format: winston.format.combine(correlationFormat(), winston.format.json()),
    transports: [new winston.transports.Stream({ stream: collect(lines) })],
  });
  return { logger, lines };
}

function collect(lines: unknown[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
}
