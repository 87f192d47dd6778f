import { ObservabilityError, type ObservabilityOptions } from '@pg-observability/core';
import { sendHttp } from '@pg-observability/testkit';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { correlationId, observability } from '../src/index.ts';
import { listen } from './listen.ts';

/** Mounts what was mounted by mistake and answers the error that Express is handed. */
async function errorOf(mistake: RequestHandler): Promise<unknown> {
  let seen: unknown;
  const keep: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
    seen = error;
    response.status(500).end();
  };
  const server = await listen(express().use(mistake).use(keep));
  onTestFinished(() => server.close());
  await sendHttp(server.url);
  return seen;
}

describe('a factory that is mounted without being called', () => {
  it('is told so: correlationId', async () => {
    // @ts-expect-error -- the mistake does not compile
    const error = await errorOf(correlationId);

    expect(error).toBeInstanceOf(ObservabilityError);
    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('correlationId()'),
    });
  });

  it('is told so: observability', async () => {
    // @ts-expect-error -- the mistake does not compile
    const error = await errorOf(observability);

    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('.middleware()'),
    });
  });
});

describe('observability() with wrong options', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'order-service'],
    ['no service name', {}],
    ['something else for an instance', { observability: 5 }],
    ['no instance', { observability: undefined }],
    ['an invalid header', { serviceName: 'x', http: { responseHeader: 'a b' } }],
    ['an alert rule that cannot be', { serviceName: 'x', alerts: { rules: [{ kind: 'health' }] } }],
    ['an invalid exclude', { serviceName: 'x', http: { exclude: 'health' } }],
  ])('refuses %s with a code', (_kind, options) => {
    expect(() => observability(options as ObservabilityOptions)).toThrow(ObservabilityError);
  });
});
