import {
  describeTransparencyContract,
  mountNeighbours,
  RAW_HANDLERS,
  serveWebSocket,
} from '@pg-observability/testkit';
import type { TransparencyOptions, TransparentApp } from '@pg-observability/testkit';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type express from 'express';
import type { Express, NextFunction } from 'express';
import { observability } from '../../src/index.ts';
import { express4, express5 } from '../express-versions.ts';

describeTransparencyContract('Express 5', (options) => openApp(express5, options));
describeTransparencyContract('Express 4', (options) => openApp(express4, options));

async function openApp(createExpress: typeof express, options: TransparencyOptions): Promise<TransparentApp> {
  const app = createExpress();
  const telemetry = options.observability && observability(options.observability);
  if (telemetry !== undefined) {
    app.use(telemetry.probes());
    app.use(telemetry.middleware());
  }
  mountNeighbours((path, ...handlers) => app.use(path, ...handlers), options);
  for (const [path, handler] of Object.entries(RAW_HANDLERS)) {
    app.use(path, handler);
  }
  mountRoutes(app, createExpress);
  const server = createServer(app).listen(0, '127.0.0.1');
  serveWebSocket(server);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await telemetry?.observability.shutdown();
    },
  };
}

function mountRoutes(app: Express, { json }: typeof express): void {
  app.get('/hello/:name', (request, response) => {
    response.json({ hello: request.params.name });
  });
  app.post('/echo', json({ strict: false }), (request, response) => {
    response.json({ body: request.body as unknown });
  });
  app.get('/fail', () => {
    throw new Error('broken');
  });
  app.get('/moved', (_request, response) => response.redirect('/hello/ada'));
  app.get('/empty', (_request, response) => {
    response.sendStatus(204);
  });
  app.use(withoutStack);
}

/** In development Express' error page shows the stack, in which every middleware is a line, ours too. */
function withoutStack(error: Error, _request: unknown, _response: unknown, next: NextFunction): void {
  error.stack = String(error);
  next(error);
}
