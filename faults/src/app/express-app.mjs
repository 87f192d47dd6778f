import { observability } from '../../../packages/express/dist/index.js';
import { requireFrom } from '../packages.mjs';
import { answerParent } from './answer-parent.mjs';
import { observabilityOptions, settings } from './settings.mjs';

const express = requireFrom('express', 'express');
const telemetry = observability(observabilityOptions());
const app = express();
app.use(telemetry.probes());
app.use(telemetry.middleware());
app.get('/orders/:id', (request, response) => {
  response.json({ id: request.params.id });
});
app.get('/slow/:id', (request, response) => {
  setTimeout(() => response.json({ id: request.params.id }), settings.slowMs);
});
app.use(telemetry.errorHandler());
const server = app.listen(0, '127.0.0.1', () => answerParent(telemetry.observability, server.address().port));
// A connection that the server closes while the load picks it up would be a failure of the load.
server.keepAliveTimeout = 0;
telemetry.observability.handleSignals({ server });
