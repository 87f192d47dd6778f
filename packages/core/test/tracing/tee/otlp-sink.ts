import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the sink treats what comes. */
export type SinkMode = 'take' | 'refuse' | 'hang';

/** What another service would see of an OTLP exporter: a server on the loopback address. */
export interface OtlpSink {
  readonly url: string;
  mode: SinkMode;
  /** Requests that have come, whatever became of them. */
  requests: number;
  /** `traceparent` of the requests that had one. */
  readonly traceparents: string[];
  /** Bodies of the requests that were taken. */
  readonly bodies: string[];
  /** Names of the spans that were taken. */
  spanNames(): string[];
  close(): Promise<void>;
}

interface OtlpBody {
  resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[];
}

export async function startOtlpSink(): Promise<OtlpSink> {
  const server = createServer((request, response) => {
    sink.requests += 1;
    if (typeof request.headers['traceparent'] === 'string') {
      sink.traceparents.push(request.headers['traceparent']);
    }
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      if (sink.mode === 'take') {
        sink.bodies.push(body);
        response.setHeader('content-type', 'application/json').end('{}');
      } else if (sink.mode === 'refuse') {
        response.writeHead(503).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sink: OtlpSink = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    mode: 'take',
    requests: 0,
    traceparents: [],
    bodies: [],
    spanNames: () =>
      sink.bodies.flatMap((body) =>
        (JSON.parse(body) as OtlpBody).resourceSpans.flatMap(({ scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)),
        ),
      ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return sink;
}
