import { Body, Controller, Get, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Observability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, mountNeighbours, RAW_HANDLERS, testDatabase } from '@pg-observability/testkit';
import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OBSERVABILITY, ObservabilityModule } from '../../src/index.ts';
import { storedDurations, storedServerSpans } from '../support/stored-telemetry.ts';

@Controller()
class Http2Controller {
  @Get('hello/:name')
  hello(): unknown {
    return { hello: 'ada' };
  }

  @Post('echo')
  echo(@Body() body: unknown): unknown {
    return { body };
  }

  @Get('fail')
  fail(): never {
    throw new Error('broken');
  }

  @Get('hang')
  hang(): Promise<never> {
    return new Promise(() => undefined);
  }
}

interface Http2Answer {
  headers: IncomingHttpHeaders;
  body: string;
}

interface Http2App {
  url: string;
  observability: Observability | undefined;
  close(): Promise<void>;
}

const FORM = [
  '--edge',
  'Content-Disposition: form-data; name="file"; filename="a.txt"',
  'Content-Type: text/plain',
  '',
  'tea',
  '--edge--',
  '',
].join('\r\n');

describe('HTTP/2 on Fastify', () => {
  let bare: Http2App;
  let bareAgain: Http2App;
  let observed: Http2App;

  beforeAll(async () => {
    bare = await openApp(false);
    bareAgain = await openApp(false);
    observed = await openApp(true);
  });
  afterAll(() => Promise.all([bare, bareAgain, observed].map((app) => app.close())));

  // First: Node.js warns once a process, and Fastify itself sets the header when it refuses a body.
  it('says nothing of a connection header while it drains, which HTTP/2 does not have', async () => {
    const app = await openApp(true, 'http2-draining');
    const warnings: string[] = [];
    const listen = ({ name }: Error): unknown => warnings.push(name);
    process.on('warning', listen);

    app.observability?.http.startDraining();
    const { headers } = await withSession(app, (session) => ask(session, { ':path': '/hello/ada' }));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);

    expect([headers[':status'], warnings]).toEqual([200, []]);
    await app.close();
  });

  it.each([
    ['GET', '/hello/ada', undefined],
    ['HEAD', '/hello/ada', undefined],
    ['OPTIONS', '/hello/ada', undefined],
    ['POST', '/echo', '{"article":"tea"}'],
    ['POST', '/echo', '{"article":'],
    ['GET', '/fail', undefined],
    ['GET', '/nowhere', undefined],
    ['GET', '/helmet', undefined],
    ['GET', '/compressed', undefined],
    ['GET', '/cookies', undefined],
    ['GET', '/limited', undefined],
    ['GET', '/files/http2.test.ts', undefined],
    ['HEAD', '/files/http2.test.ts', undefined],
    ['GET', '/events', undefined],
    ['POST', '/parsed/json', '{"article":"tea"}'],
    ['POST', '/parsed/urlencoded', 'article=tea&note=a+b', 'application/x-www-form-urlencoded'],
    ['POST', '/parsed/text', 'tea', 'text/plain'],
    ['PUT', '/parsed/raw', 'tea', 'application/octet-stream'],
    ['POST', '/form', FORM, 'multipart/form-data; boundary=edge'],
    ['POST', '/conversation', 'piece by piece'],
  ])('answers the same with and without us: %s %s, body %j', async (method, path, body, type?: string) => {
    const [first, again, withUs] = await Promise.all(
      [bare, bareAgain, observed].map((app) => send(app, method, path, body, type)),
    );

    expect({ again, withUs }).toEqual({ again: first, withUs: first });
  });

  it('has span and metric with the status that was sent, and the ID on the answer', async () => {
    const app = await openApp(true, 'http2-recorded');

    const { headers } = await withSession(app, (session) =>
      ask(session, { ':path': '/hello/ada', 'x-correlation-id': 'over-http2' }),
    );

    expect(headers['x-correlation-id']).toBe('over-http2');
    expect(await recorded(app)).toEqual({
      spans: [{ name: 'GET /hello/:name', status_code: 200, correlation_id: 'over-http2' }],
      durations: [{ route: '/hello/:name', status_code: '200', count: 1 }],
    });
    await app.close();
  });

  it('tells a stream that the client resets as 499', async () => {
    const app = await openApp(true, 'http2-reset');

    await withSession(app, async (session) => {
      const stream = session.request({ ':path': '/hang', 'x-correlation-id': 'reset' });
      // The server has seen the stream when it has answered a ping that came after it.
      await new Promise<void>((resolve, reject) => {
        session.ping((error) => (error === null ? resolve() : reject(error)));
      });
      stream.close(constants.NGHTTP2_CANCEL);
      await once(stream, 'close');
      await app.observability?.http.untilIdle(10_000);
    });

    expect((await recorded(app)).spans).toEqual([
      { name: 'GET /hang', status_code: 499, correlation_id: 'reset' },
    ]);
    await app.close();
  });
});

async function openApp(isObserved: boolean, serviceName = 'http2'): Promise<Http2App> {
  const store = postgresStore((await testDatabase()).url);
  const observability = { serviceName, store, logger: createQuietLogger() };
  const module = {
    module: class Http2Module {},
    imports: isObserved ? [ObservabilityModule.forRoot(observability)] : [],
    controllers: [Http2Controller],
  };
  const app = await NestFactory.create(module, new FastifyAdapter({ http2: true }), {
    logger: false,
    abortOnError: false,
  });
  mountNeighbours((path, ...handlers) => handlers.forEach((handler) => app.use(path, handler)), {
    staticFolder: import.meta.dirname,
    upstreamUrl: 'http://127.0.0.1',
  });
  for (const path of ['/events', '/conversation'] as const) {
    app.use(path, RAW_HANDLERS[path]);
  }
  await app.listen(0, '127.0.0.1');
  return {
    url: await app.getUrl(),
    observability: isObserved ? app.get<Observability>(OBSERVABILITY) : undefined,
    close: async () => {
      await app.close();
      await store.close?.();
    },
  };
}

async function recorded({ observability }: Http2App): Promise<{ spans: unknown[]; durations: unknown[] }> {
  if (observability === undefined) {
    throw new Error('Nothing is recorded without us.');
  }
  await observability.http.untilIdle(10_000);
  const spans = await storedServerSpans(observability);
  return {
    spans: spans.map(({ name, status_code, correlation_id }) => ({ name, status_code, correlation_id })),
    durations: await storedDurations(observability),
  };
}

async function send(
  app: Http2App,
  method: string,
  path: string,
  body?: string,
  contentType = 'application/json',
): Promise<Http2Answer> {
  const type = body === undefined ? {} : { 'content-type': contentType };
  const { headers, ...answer } = await withSession(app, (session) =>
    ask(session, { ':method': method, ':path': path, 'accept-encoding': 'gzip', ...type }, body),
  );
  const { date: _date, 'x-correlation-id': _ours, ...rest } = headers;
  return { ...answer, headers: rest };
}

async function ask(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body?: string,
): Promise<Http2Answer> {
  const stream = session.request(headers);
  stream.end(body);
  const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  return { headers: answered, body: await text(stream) };
}

async function withSession<Result>(
  { url }: Http2App,
  work: (session: ClientHttp2Session) => Promise<Result>,
): Promise<Result> {
  const session = connect(url);
  await once(session, 'connect');
  try {
    return await work(session);
  } finally {
    session.close();
  }
}
