import { getTracer } from '@pg-observability/core';
import { observability } from '@pg-observability/express';
import express from 'express';

/** What an instrumentation of a database driver makes of a query. */
function query(text) {
  const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text };
  getTracer().startSpan('SELECT', { kind: 2, attributes }).end();
}

/** A small shop on a port of its own, with the recorder's instance. Answers its URL and how to close it. */
export async function openOrderDesk(test) {
  const telemetry = observability({ observability: test.observability });
  const app = express();
  app.use(telemetry.middleware());
  app.get('/orders/:id', (request, response) => {
    ['select an order', 'select its lines', 'select its customer'].forEach(query);
    if (request.params.id === 'lost') {
      throw new Error('no such order');
    }
    response.json({ id: request.params.id });
  });
  app.post('/orders/:id/payment', async (request, response) => {
    await test.workflows.transition(request.params.id, 'paid', 'running');
    response.status(204).end();
  });
  app.use(telemetry.errorHandler());
  app.use((_error, _request, response, _next) => response.status(500).end());
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  test.observability.handleSignals({ server });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
