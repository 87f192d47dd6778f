import type { HttpContractApp, HttpContractHandlers, HttpContractOptions } from '@pg-observability/testkit';
import type express from 'express';
import type { Express, RequestHandler } from 'express';
import { observability } from '../src/index.ts';
import { listen } from './listen.ts';

/** Opens the application of the HTTP contract with one of the supported versions of Express. */
export async function openContractApp(
  createExpress: typeof express,
  options: HttpContractOptions,
): Promise<HttpContractApp> {
  const telemetry = observability(options.observability);
  const app = createExpress();
  app.use(telemetry.probes());
  app.use(telemetry.middleware());
  mountRoutes(app, createExpress, options.handlers);
  app.use(telemetry.errorHandler());
  const server = await listen(app);
  return {
    url: server.url,
    observability: telemetry.observability,
    close: async () => {
      await server.close();
      await telemetry.observability.shutdown();
    },
  };
}

function mountRoutes(app: Express, { json }: typeof express, handlers: HttpContractHandlers): void {
  const context: RequestHandler = (_request, response) => {
    response.json(handlers.context());
  };
  app.get('/plain', context);
  app.get('/orders/:orderId', context);
  app.get('/u/:id/books/:b/deep/:z', context);
  app.get(
    '/later',
    answer(() => handlers.later()),
  );
  app.get(
    '/inner',
    answer(() => handlers.inner()),
  );
  app.get(
    '/gated',
    answer(() => handlers.gated()),
  );
  app.post('/echo', json(), (request, response) => {
    response.json(handlers.echo(request.body));
  });
  app.post(
    '/upload',
    answer((request) => handlers.upload(request)),
  );
  app.get('/fail', () => handlers.fail());
  app.get(
    '/reject',
    answer(() => handlers.reject()),
  );
  app.get('/refuse', () => handlers.refuse());
  app.get('/status/:code', (request, response) => handlers.status(response, Number(request.params.code)));
  app.get('/listen', (_request, response) => handlers.listen(response));
  app.get('/stream', (_request, response) => handlers.stream(response));
  app.get('/hang', (_request, response) => handlers.hang(response));
}

/** Express 4 does not look at promises, so the errors of this one are handed over by hand. */
function answer(work: (...args: Parameters<RequestHandler>) => unknown): RequestHandler {
  return (request, response, next) => {
    Promise.resolve()
      .then(() => work(request, response, next))
      .then((body) => response.json(body), next);
  };
}
