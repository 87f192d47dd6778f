import { type CorrelationOptions, currentCorrelationId, getDefaultInstance } from '@pg-observability/core';
import { sendForJson, sendHttp, startHttp, withOneConnection } from '@pg-observability/testkit';
import express, { type Express } from 'express';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { correlationId, observability } from '../src/index.ts';
import { listen } from './listen.ts';
import { openInstance } from './open-app.ts';

async function serve(app: Express): Promise<string> {
  const server = await listen(app);
  onTestFinished(() => server.close());
  return server.url;
}

/** An application that has nothing but correlation IDs. */
function createApp(options?: CorrelationOptions): Express {
  const app = express();
  app.use(correlationId(options));
  app.use(express.json());
  app.all('/', (request, response) => {
    response.json({ onRequest: request.correlationId, inside: currentCorrelationId() });
  });
  return app;
}

describe('correlationId() alone', () => {
  it.each([
    ['x-correlation-id', { 'x-correlation-id': 'c-1', 'x-request-id': 'r-1' }, 'c-1'],
    ['x-request-id', { 'x-request-id': 'r-1' }, 'r-1'],
    ['traceparent', { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }, 'a'.repeat(32)],
  ])(
    'takes the ID from %s, on the request, in the context and on the response',
    async (_header, headers, expected) => {
      const url = await serve(createApp());

      const answer = await sendHttp(url, { headers });

      expect(JSON.parse(answer.body)).toEqual({ onRequest: expected, inside: expected });
      expect(answer.headers['x-correlation-id']).toBe(expected);
    },
  );

  it('makes a new one for each request that brings none or an invalid one', async () => {
    const url = await serve(createApp());

    const answers = await Promise.all([
      sendHttp(url),
      sendHttp(url, { headers: { 'x-correlation-id': '../../secret' } }),
      sendHttp(url, { headers: { 'x-correlation-id': 'x'.repeat(10_000) } }),
    ]);

    const ids = answers.map(({ headers }) => headers['x-correlation-id']);
    expect(ids).toEqual(ids.map(() => expect.stringMatching(/^[0-9a-f]{32}$/)));
    expect(new Set(ids).size).toBe(3);
  });

  it('needs no instance, and makes none', async () => {
    const url = await serve(createApp());

    await sendHttp(url);

    expect(getDefaultInstance()).toBeUndefined();
  });

  it('holds its options to what they say', async () => {
    const options = { trustIncoming: false, responseHeader: 'x-request-id' };
    const url = await serve(createApp(options));

    const { headers, body } = await sendHttp(url, { headers: { 'x-correlation-id': 'stranger' } });

    expect(headers['x-correlation-id']).toBeUndefined();
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.parse(body)).toEqual({ onRequest: headers['x-request-id'], inside: headers['x-request-id'] });
  });

  it.each([
    [{ trustIncoming: 'yes' }],
    [{ requestHeaders: 'x-request-id' }],
    [{ requestHeaders: ['x request id'] }],
    [{ responseHeader: 'x-id\r\nset-cookie' }],
    [{ responseHeader: true }],
  ])('refuses the options %j', (options) => {
    expect(() => correlationId(options as CorrelationOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  it('survives the body parser and what comes after it', async () => {
    const url = await serve(createApp());

    const answer = await sendForJson(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-correlation-id': 'parsed' },
      body: ['{"a":', '1}'],
    });

    expect(answer).toEqual({ onRequest: 'parsed', inside: 'parsed' });
  });

  it('survives a body that is read by listening, also on a connection that served another request', async () => {
    const app = express();
    app.use(correlationId());
    app.post('/', (request, response) => {
      const seen: (string | undefined)[] = [];
      request.on('data', () => seen.push(currentCorrelationId()));
      request.on('end', () => response.json([...seen, currentCorrelationId()]));
    });
    const url = await serve(app);

    const seen = await withOneConnection(async (agent) => {
      const send = (id: string): Promise<string[]> =>
        sendForJson(url, { method: 'POST', agent, headers: { 'x-correlation-id': id }, body: ['x', 'y'] });
      return [...(await send('first')), ...(await send('second'))];
    });

    expect(new Set(seen.slice(0, seen.indexOf('second')))).toEqual(new Set(['first']));
    expect(new Set(seen.slice(seen.indexOf('second')))).toEqual(new Set(['second']));
  });

  it('is known when the client has gone', async () => {
    const app = express();
    let tell: (id: string | undefined) => void = () => undefined;
    const seen = new Promise<string | undefined>((resolve) => {
      tell = resolve;
    });
    app.use(correlationId());
    app.get('/', (_request, response) => {
      response.on('close', () => tell(currentCorrelationId()));
      response.write('begun');
    });
    const url = await serve(app);
    const request = startHttp(url, { headers: { 'x-correlation-id': 'gone' } });
    request.on('error', () => undefined).end();
    await once(request, 'response');

    request.destroy();

    expect(await seen).toBe('gone');
  });

  it('keeps the first ID when it is mounted twice', async () => {
    const app = express();
    app.use(correlationId(), correlationId({ responseHeader: 'x-second' }));
    app.get('/', (request, response) => {
      response.json([request.correlationId, currentCorrelationId()]);
    });
    const url = await serve(app);

    const { headers, body } = await sendHttp(url);

    const id = headers['x-correlation-id'];
    expect([JSON.parse(body), headers['x-second']]).toEqual([[id, id], undefined]);
  });
});

describe('correlationId() before the request telemetry', () => {
  it('decides on the ID, and its header is the only one', async () => {
    const { observability: instance, rows } = await openInstance();
    const app = express();
    app.use(
      correlationId({ responseHeader: 'x-request-id' }),
      observability({ observability: instance }).middleware(),
    );
    app.get('/', (request, response) => {
      response.json([request.correlationId, currentCorrelationId()]);
    });
    const url = await serve(app);

    const { headers, body } = await sendHttp(url, { headers: { 'x-correlation-id': 'decided' } });

    expect([headers['x-request-id'], headers['x-correlation-id']]).toEqual(['decided', undefined]);
    expect(JSON.parse(body)).toEqual(['decided', 'decided']);
    expect((await rows.span()).correlation_id).toBe('decided');
  });
});
