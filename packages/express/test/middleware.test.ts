import { activeTrace, createObservability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import {
  createQuietLogger,
  type SeenContext,
  sendForJson,
  sendHttp,
  startHttp,
} from '@pg-observability/testkit';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { correlationId, observability } from '../src/index.ts';
import { listen } from './listen.ts';
import { openApp, openInstance } from './open-app.ts';

const ok: RequestHandler = (_request, response) => {
  response.json({ ok: true });
};

describe('middleware()', () => {
  it('counts a request once where it is mounted twice', async () => {
    const { url, rows } = await openApp((telemetry) => {
      const app = express();
      app.use(telemetry.middleware(), telemetry.middleware());
      app.use('/sub', telemetry.middleware(), express.Router().get('/:id', ok));
      return app;
    });

    await sendHttp(`${url}/sub/1`);

    expect((await rows.span()).operation_name).toBe('GET /sub/:id');
    expect((await rows.requests()).map(({ requests }) => requests)).toEqual([1]);
  });

  it('counts a request for the outer application when the inner one has telemetry, too', async () => {
    const inner = await openInstance();
    const outer = await openApp((telemetry) => {
      const sub = express();
      sub.use(observability({ observability: inner.observability }).middleware());
      sub.get('/:id', ok);
      const app = express();
      app.use(telemetry.middleware());
      app.use('/sub/:s', sub);
      return app;
    });

    await sendHttp(`${outer.url}/sub/1/2`);

    expect((await outer.rows.span()).operation_name).toBe('GET /sub/:s/:id');
    expect([await inner.rows.spans(), await inner.rows.requests()]).toEqual([[], []]);
  });

  it('keeps two applications in one process apart', async () => {
    const build = (route: string) => (telemetry: ReturnType<typeof observability>) => {
      const app = express();
      app.use(telemetry.middleware());
      app.get(route, ok);
      return app;
    };
    const [first, second] = [await openApp(build('/first')), await openApp(build('/second'))];

    await Promise.all([sendHttp(`${first.url}/first`), sendHttp(`${second.url}/second`)]);

    expect((await first.rows.span()).operation_name).toBe('GET /first');
    expect((await second.rows.span()).operation_name).toBe('GET /second');
  });

  it('knows the whole pattern when it is mounted inside a router', async () => {
    const { url, rows } = await openApp((telemetry) => {
      const router = express.Router();
      router.use(telemetry.middleware());
      router.get('/items/:item', ok);
      const app = express();
      app.use('/shops/:shop', router);
      return app;
    });

    await sendHttp(`${url}/shops/1/items/2`);

    expect((await rows.span()).operation_name).toBe('GET /shops/:shop/items/:item');
  });

  it('takes options for one of several applications, and counts requests in flight together', async () => {
    const { observability: instance, rows } = await openInstance({ exclude: ['/instance-wide'] });
    const app = express();
    app.use(observability({ observability: instance, http: { exclude: ['/quiet'] } }).middleware());
    app.get('/quiet', (_request, response) => {
      response.json(instance.http.inFlight);
    });
    app.get('/instance-wide', ok);
    const server = await listen(app);
    onTestFinished(() => server.close());

    const inFlight = await sendForJson(`${server.url}/quiet`);
    await sendHttp(`${server.url}/instance-wide`);

    expect(inFlight).toBe(1);
    expect((await rows.span()).operation_name).toBe('GET /instance-wide');
  });

  it('makes methods that few know one label', async () => {
    const { url, rows } = await openApp((telemetry) => express().use(telemetry.middleware()));

    await sendHttp(`${url}/x`, { method: 'PROPFIND' });

    const { operation_name, attributes } = await rows.span();
    expect(operation_name).toBe('HTTP');
    expect(attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PROPFIND',
    });
  });

  it('takes the path out of an absolute request target', async () => {
    const { url, rows } = await openApp((telemetry) => {
      const app = express();
      app.use(telemetry.middleware());
      app.get('/x/:id', ok);
      return app;
    });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end(
      `GET http://user:secret@${new URL(url).host}/x/1?q=2 HTTP/1.1\r\nhost: elsewhere\r\nconnection: close\r\n\r\n`,
    );

    await text(socket);

    expect((await rows.span()).attributes).toMatchObject({
      'http.route': '/x/:id',
      'url.path': '/x/1',
      'url.query': 'q=[REDACTED]',
      'server.address': 'elsewhere',
    });
  });

  it('lets the listeners of a request see the server span, also after correlationId()', async () => {
    const { url, rows } = await openApp((telemetry) => {
      const app = express();
      app.use(correlationId(), telemetry.middleware());
      app.post('/', (request, response) => {
        request.on('data', () => undefined);
        request.on('end', () => response.json(activeTrace()));
      });
      return app;
    });

    const seen = await sendForJson<SeenContext>(url, { method: 'POST', body: 'x' });

    const { trace_id, span_id } = await rows.span();
    expect(seen).toEqual({ traceId: trace_id, spanId: span_id });
  });

  it('answers requests although the database cannot be reached', async () => {
    const instance = createObservability({
      serviceName: 'away',
      store: postgresStore('postgres://nobody:secret@127.0.0.1:1/none'),
      logger: createQuietLogger(),
      shutdown: { flushTimeoutMs: 50 },
    });
    const telemetry = observability({ observability: instance });
    const app = express();
    app.use(telemetry.probes(), telemetry.middleware());
    app.get('/', ok);
    const server = await listen(app);
    onTestFinished(async () => {
      await server.close();
      await instance.shutdown();
    });

    const answers = await Promise.all(['/', '/livez', '/readyz'].map((path) => sendHttp(server.url + path)));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 503]);
  });
});

describe('errors without errorHandler()', () => {
  const failing: RequestHandler = () => {
    throw new TypeError('on purpose');
  };
  const ownHandler: ErrorRequestHandler = (_error, _request, response, _next) => {
    response.status(502).end();
  };

  it.each([
    ['an error handler of the application', ownHandler, 502],
    ['Express itself', undefined, 500],
  ])('are on the span when %s answers', async (_who, handler, status) => {
    const { url, rows } = await openApp((telemetry) => {
      const app = express().set('env', 'test');
      app.use(telemetry.middleware());
      app.get('/', failing);
      return handler === undefined ? app : app.use(handler);
    });

    const answer = await sendHttp(url);

    expect(answer.status).toBe(status);
    expect(await rows.span()).toMatchObject({
      status: 'ERROR',
      exceptions: [{ type: 'TypeError', message: 'on purpose' }],
      attributes: { 'http.response.status_code': status, 'error.type': 'TypeError' },
    });
  });

  it('are not on the span when they were recovered from', async () => {
    const { url, rows } = await openApp((telemetry) => {
      const recover: ErrorRequestHandler = (_error, _request, _response, next) => next();
      const app = express();
      app.use(telemetry.middleware());
      app.get('/', failing);
      app.use(recover, ok);
      return app;
    });

    await sendHttp(url);

    expect(await rows.span()).toMatchObject({ status: 'UNSET', exceptions: [], operation_name: 'GET /' });
  });

  it('name an answer that the server broke off, which is not the same as a client that left', async () => {
    const { url, rows } = await openApp((telemetry) => {
      const app = express().set('env', 'test');
      app.use(telemetry.middleware());
      app.get('/', async (_request, response) => {
        response.write('begun');
        await Promise.resolve();
        throw new RangeError('halfway');
      });
      return app;
    });
    const request = startHttp(url).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];

    await expect(text(response)).rejects.toThrow();

    expect(await rows.span()).toMatchObject({
      status: 'ERROR',
      exceptions: [{ type: 'RangeError', message: 'halfway' }],
      attributes: { 'http.response.status_code': 200, 'error.type': 'RangeError' },
    });
  });
});

describe("the router's tracing channel", () => {
  const start = channel('tracing:express.router.request:start');

  it('is subscribed to only while request telemetry is mounted', async () => {
    const { observability: instance } = await openInstance();
    const other = await openInstance();
    const telemetry = observability({ observability: instance });
    correlationId();
    const before = start.hasSubscribers;

    telemetry.middleware();
    telemetry.middleware();
    observability({ observability: other.observability }).middleware();
    const during = start.hasSubscribers;
    await instance.shutdown();
    const afterOne = start.hasSubscribers;
    await other.observability.shutdown();

    expect([before, during, afterOne, start.hasSubscribers]).toEqual([false, true, true, false]);
  });
});
