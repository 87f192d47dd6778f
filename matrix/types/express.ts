// Middleware, probes and error handler fit the types of the Express that is installed.
import { observability } from '@pg-observability/express';
import express from 'express';

const telemetry = observability({ serviceName: 'typed' });
export const app = express();
app.use(telemetry.probes());
app.use(telemetry.middleware());
app.get('/orders/:id', (request, response) => {
  response.json({ id: request.params.id, correlationId: request.correlationId });
});
app.use(telemetry.errorHandler());
// @ts-expect-error a service needs a name
observability({});
