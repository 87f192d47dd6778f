import { sendHttp } from '@pg-observability/testkit';
import express, { type RequestHandler } from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ErrorHandlerOptions, observability } from '../src/index.ts';
import { listen } from './listen.ts';
import { openApp, openInstance } from './open-app.ts';

/** Sends one request to a route that fails with `error`. */
async function answerTo(
  error: unknown,
  options?: ErrorHandlerOptions,
): Promise<{ status: number; body: unknown }> {
  const { observability: instance } = await openInstance();
  const telemetry = observability({ observability: instance });
  const app = express();
  app.use(telemetry.middleware());
  app.get('/', () => Promise.reject(error));
  app.use(telemetry.errorHandler(options));
  const server = await listen(app);
  onTestFinished(() => server.close());
  const { status, body } = await sendHttp(server.url, { headers: { 'x-correlation-id': 'failed-1' } });
  return { status, body: JSON.parse(body) as unknown };
}

const failure = (fields: object = {}): Error => Object.assign(new Error('the message'), fields);

describe('errorHandler()', () => {
  it.each([
    ['an Error', failure(), 500, 'Internal Server Error'],
    ['status 404', failure({ status: 404 }), 404, 'the message'],
    ['statusCode 422', failure({ statusCode: 422 }), 422, 'the message'],
    ['status 503', failure({ status: 503 }), 503, 'Service Unavailable'],
    ['a 4xx that hides its message', failure({ status: 403, expose: false }), 403, 'Forbidden'],
    ['a 5xx that shows its message', failure({ status: 503, expose: true }), 503, 'the message'],
    ['a status that is no error', failure({ status: 200, statusCode: 400 }), 400, 'the message'],
    ['a status that is text', failure({ status: '404' }), 500, 'Internal Server Error'],
    ['a status out of range', failure({ status: 600 }), 500, 'Internal Server Error'],
    ['an empty message', Object.assign(new Error(''), { status: 404 }), 404, 'Not Found'],
    ['a status without a name', Object.assign(new Error(''), { status: 499 }), 499, 'Error'],
    ['text', 'boom', 500, 'Internal Server Error'],
    ['nothing', undefined, 500, 'Internal Server Error'],
    ['a symbol', Symbol('boom'), 500, 'Internal Server Error'],
    ['a plain object', { status: 409, message: 'conflict' }, 409, 'conflict'],
    [
      'an object that throws when it is read',
      {
        get status() {
          throw new Error('no');
        },
      },
      500,
      'Internal Server Error',
    ],
  ])('answers as JSON to %s', async (_kind, error, status, message) => {
    expect(await answerTo(error)).toEqual({ status, body: { error: message, correlationId: 'failed-1' } });
  });

  it.each([
    ['always', 500, 'the message'],
    ['never', 404, 'Not Found'],
  ] as const)('shows messages %s when told so', async (showMessages, status, message) => {
    const answer = await answerTo(failure({ status, expose: showMessages === 'never' }), { showMessages });

    expect(answer).toEqual({ status, body: { error: message, correlationId: 'failed-1' } });
  });

  it('sends the headers of the error and none that belonged to the answer that was meant', async () => {
    const { url } = await openApp((telemetry) => {
      const app = express();
      app.use(telemetry.middleware());
      app.get('/', (_request, response) => {
        response.set({
          'content-type': 'text/csv',
          'content-length': '3',
          'content-encoding': 'gzip',
          etag: '"v1"',
        });
        throw failure({ status: 429, headers: { 'retry-after': '30', 'bad header': 'x' } });
      });
      return app.use(telemetry.errorHandler());
    });

    const { headers, body } = await sendHttp(url);

    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'retry-after': '30',
      'x-content-type-options': 'nosniff',
    });
    expect([headers['content-encoding'], headers.etag, headers['bad header']]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('answers HEAD without a body', async () => {
    const { url } = await openApp((telemetry) => {
      const fail: RequestHandler = () => {
        throw failure();
      };
      return express().use(telemetry.middleware()).get('/', fail).use(telemetry.errorHandler());
    });

    const { status, body } = await sendHttp(url, { method: 'HEAD' });

    expect([status, body]).toEqual([500, '']);
  });

  it('hands on when the answer has begun, and the span names the error', async () => {
    const { url, rows } = await openApp((telemetry) => {
      const app = express().set('env', 'test');
      app.use(telemetry.middleware());
      app.get('/', (_request, response) => {
        response.write('begun');
        throw failure();
      });
      return app.use(telemetry.errorHandler());
    });

    await expect(sendHttp(url)).rejects.toThrow();

    expect(await rows.span()).toMatchObject({
      status: 'ERROR',
      exceptions: [{ type: 'Error', message: 'the message' }],
    });
  });

  it('answers without an ID where no middleware of ours has run', async () => {
    const { url } = await openApp((telemetry) =>
      express()
        .get('/', () => {
          throw failure();
        })
        .use(telemetry.errorHandler()),
    );

    const { body } = await sendHttp(url);

    expect(JSON.parse(body)).toEqual({ error: 'Internal Server Error' });
  });

  it('refuses an option it does not know', async () => {
    const { observability: instance } = await openInstance();
    const options = { showMessages: 'sometimes' } as unknown as ErrorHandlerOptions;

    const build = (): unknown => observability({ observability: instance }).errorHandler(options);

    expect(build).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
