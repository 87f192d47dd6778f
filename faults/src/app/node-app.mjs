import { createServer } from 'node:http';
import { createObservability, createProbeHandler } from '../../../packages/core/dist/index.js';
import { answerParent } from './answer-parent.mjs';
import { observabilityOptions, settings } from './settings.mjs';

const observability = createObservability(observabilityOptions());
const probes = createProbeHandler(observability.health);
const server = createServer((request, response) => {
  probes(request, response, () => {
    const source = { originalUrl: request.url, route: () => request.url.replace(/\d+$/, ':id') };
    observability.http.handle(request, response, source, () => {
      setTimeout(() => response.end('{}'), request.url.startsWith('/slow/') ? settings.slowMs : 0);
    });
  });
});
server.listen(0, '127.0.0.1', () => answerParent(observability, server.address().port));
// A connection that the server closes while the load picks it up would be a failure of the load.
server.keepAliveTimeout = 0;
observability.handleSignals({ server });
