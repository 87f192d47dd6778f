import { sendHttp } from '@pg-observability/testkit';
import express from 'express';
import type { Express, Request, Response } from 'express';
import { once } from 'node:events';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { observability } from '../src/index.ts';
import { express4, express5, express5Router22 } from './express-versions.ts';
import { openInstance } from './open-app.ts';

// V8 of Node.js 24 has no need of it.
const isNeeded = Number(process.versions.node.split('.', 1)[0]) < 24;

async function serve(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Whether each message had the prototypes of the application when the server had just made it. */
function watchPrototypes(server: Server, app: Express, sightings: boolean[][]): void {
  const emit = server.emit.bind(server);
  server.emit = ((event: string, ...args: unknown[]) => {
    if (event === 'request') {
      const [request, response] = args as [object, object];
      sightings.push([
        Object.getPrototypeOf(request) === app.request,
        Object.getPrototypeOf(response) === app.response,
      ]);
    }
    return emit(event, ...args);
  }) as typeof server.emit;
}

interface Scenario {
  build?: (app: Express, middleware: express.RequestHandler) => void;
  listener?: (app: Express) => RequestListener;
  options?: ServerOptions;
  adoptPrototypes?: boolean;
  create?: typeof express;
}

const ok = (request: Request, response: Response): void => {
  response.json({ id: request.params['id'], isRequest: request instanceof IncomingMessage });
};

/** What the server made for three requests, with telemetry in front of a route. */
async function observe({
  build = (app, middleware) => app.use(middleware),
  listener = (app) => app,
  options = {},
  adoptPrototypes,
  create = express,
}: Scenario) {
  const instance = await openInstance({ adoptPrototypes });
  const app = create();
  build(app, observability({ observability: instance.observability }).middleware());
  app.get('/orders/:id', ok);
  const server = createServer(options, listener(app));
  const sightings: boolean[][] = [];
  watchPrototypes(server, app, sightings);
  const url = await serve(server);
  const answers: string[] = [];
  for (const id of [1, 2, 3]) {
    answers.push((await sendHttp(`${url}/orders/${id}`)).body);
  }
  return { sightings, answers, url, instance };
}

const ADOPTED = [
  [false, false],
  [isNeeded, isNeeded],
  [isNeeded, isNeeded],
];
const LEFT_ALONE = [
  [false, false],
  [false, false],
  [false, false],
];
const ANSWERS = [1, 2, 3].map((id) => JSON.stringify({ id: String(id), isRequest: true }));

it.each([
  ['Express 4', express4],
  ['Express 5', express5],
  ['Express 5 with router 2.2', express5Router22],
])(
  'lets the server make its requests with the prototypes of %s from the second one on',
  async (_name, create) => {
    const { sightings, answers } = await observe({ create });

    expect(sightings).toEqual(ADOPTED);
    expect(answers).toEqual(ANSWERS);
  },
);

class OwnRequest extends IncomingMessage {}
class OwnResponse<R extends IncomingMessage> extends ServerResponse<R> {}

it.each<[string, Scenario]>([
  ['the option says so', { adoptPrototypes: false }],
  [
    'a function stands in front of the application',
    { listener: (app) => (request, response) => app(request, response) },
  ],
  ['the application has given a class of requests', { options: { IncomingMessage: OwnRequest } }],
  ['the application has given a class of responses', { options: { ServerResponse: OwnResponse } }],
  [
    'the telemetry is in an application that is mounted in another',
    { build: (app, middleware) => app.use(express().use(middleware)) },
  ],
])('leaves the server alone where %s', async (_case, scenario) => {
  const { sightings, answers } = await observe(scenario);

  expect(sightings).toEqual(LEFT_ALONE);
  expect(answers).toEqual(ANSWERS);
});

it('gives the server its own classes back at the end', async () => {
  const { sightings, url, instance } = await observe({});

  await instance.observability.shutdown();
  await sendHttp(`${url}/orders/4`);

  expect(sightings.at(-1)).toEqual([false, false]);
});

it('keeps the parameters and properties of requests apart', async () => {
  const { url } = await observe({
    build: (app, middleware) => {
      app.use(middleware, express.json());
      app.post('/echo/:id', (request, response) => {
        response.locals['seen'] = request.params['id'];
        response.json({
          body: request.body as unknown,
          query: request.query,
          seen: response.locals['seen'] as unknown,
        });
      });
    },
  });

  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, at) => {
      const response = await fetch(`${url}/echo/${at}?q=${at}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ at }),
      });
      return response.json();
    }),
  );

  expect(answers).toEqual(
    Array.from({ length: 20 }, (_, at) => ({ body: { at }, query: { q: String(at) }, seen: String(at) })),
  );
});
