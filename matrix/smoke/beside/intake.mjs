import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

const SERVER_KIND = 2;

/** OTLP as JSON: the names of server spans. */
function fromOtlp(body) {
  const spans = JSON.parse(body.toString()).resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap((scope) => scope.spans),
  );
  return { requests: spans.filter(({ kind }) => kind === SERVER_KIND).length, errors: 0 };
}

/** Envelopes of Sentry: a line of JSON for each header and each item. */
function fromSentry(body) {
  const lines = body
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  return {
    requests: lines.flatMap(({ items = [] }) => items).filter((span) => span.is_segment === true).length,
    errors: lines.filter(({ exception }) => exception !== undefined).length,
  };
}

/** Traces of dd-trace in MessagePack, of which the operation names are enough. */
function fromDatadog(body) {
  const names = body.toString('latin1').match(/\u00a4name.(web|express|fastify)\.request/g) ?? [];
  return { requests: names.length, errors: 0 };
}

const readers = [
  [/^\/v1\/traces$/, fromOtlp],
  [/^\/api\/1\/envelope\//, fromSentry],
  [/^\/v0\.\d\/traces$/, fromDatadog],
];

async function takeDelivery(request, response, told) {
  const raw = await buffer(request);
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
  const [, read] = readers.find(([path]) => path.test(request.url.split('?')[0])) ?? [];
  const { requests, errors } = read?.(body) ?? { requests: 0, errors: 0 };
  told.requests += requests;
  told.errors += errors;
  told.marked += 'x-correlation-id' in request.headers ? 1 : 0;
  response.setHeader('content-type', 'application/json');
  response.statusCode = read === undefined ? 404 : 200;
  response.end('{}');
}

/**
 * Stands in for the service of the other tool, on this machine: counts the requests and errors that it was told of, and the
 * deliveries that carry our header, which are none of the application's calls.
 */
export async function openIntake() {
  const told = { requests: 0, errors: 0, marked: 0 };
  const server = createServer((request, response) => void takeDelivery(request, response, told));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    told,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
