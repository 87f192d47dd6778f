import { expect, it } from 'vitest';
import { sendHttp } from './http-client.ts';
import type { WithHttpContractApp } from './http-contract-run.ts';

/** Attributes, names and metrics by OpenTelemetry's stable semantic conventions for HTTP. */
export function describeHttpSpans(withApp: WithHttpContractApp): void {
  it('stores a server span with the attributes of the stable semantic conventions', () =>
    withApp({}, async ({ app, rows }) => {
      const { port } = new URL(app.url);

      await sendHttp(`${app.url}/orders/42?view=full`, { headers: { 'user-agent': 'contract/1.0' } });

      expect(await rows.span()).toEqual({
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
        parent_span_id: null,
        parent_is_remote: null,
        operation_name: 'GET /orders/:orderId',
        kind: 'SERVER',
        status: 'UNSET',
        correlation_id: null,
        trace_state: null,
        exceptions: [],
        attributes: {
          'http.request.method': 'GET',
          'http.response.status_code': 200,
          'http.route': '/orders/:orderId',
          'url.scheme': 'http',
          'url.path': '/orders/42',
          'url.query': 'view=[REDACTED]',
          'server.address': '127.0.0.1',
          'server.port': Number(port),
          'client.address': '127.0.0.1',
          'network.peer.address': '127.0.0.1',
          'network.peer.port': expect.any(Number),
          'network.protocol.version': '1.1',
          'user_agent.original': 'contract/1.0',
        },
      });
    }));

  it('counts each request once in http.server.request.duration, in seconds', () =>
    withApp({}, async ({ app, rows }) => {
      await sendHttp(`${app.url}/orders/1`);
      await sendHttp(`${app.url}/orders/2`);

      const requests = await rows.requests();

      expect(requests).toEqual([
        { labels: labels('/orders/:orderId', 200), requests: 2, seconds: expect.any(Number), unit: 's' },
      ]);
      expect(requests[0]?.seconds).toBeGreaterThan(0);
      expect(requests[0]?.seconds).toBeLessThan(10);
    }));

  it('knows the pattern of a route with several parameters', () =>
    withApp({}, async ({ app, rows }) => {
      await sendHttp(`${app.url}/u/7/books/8/deep/9`);

      const { operation_name, attributes } = await rows.span();

      expect([operation_name, attributes['http.route']]).toEqual([
        'GET /u/:id/books/:b/deep/:z',
        '/u/:id/books/:b/deep/:z',
      ]);
    }));

  it('gives all paths that nobody answers one constant label', () =>
    withApp({}, async ({ app, rows }) => {
      const first = await sendHttp(`${app.url}/wp-login.php`);
      await sendHttp(`${app.url}/.env`);

      const spans = await rows.spans();
      expect(first.status).toBe(404);
      expect(
        spans.map((span) => [span.operation_name, span.status, span.attributes['http.route'] ?? null]),
      ).toEqual([
        ['GET', 'UNSET', null],
        ['GET', 'UNSET', null],
      ]);
      expect(await rows.requests()).toEqual([
        { labels: labels('<unmatched>', 404), requests: 2, seconds: expect.any(Number), unit: 's' },
      ]);
    }));

  it('makes spans of the handler children of the server span', () =>
    withApp({}, async ({ app, rows }) => {
      await sendHttp(`${app.url}/inner`, { headers: { 'x-correlation-id': 'with-inner' } });

      const [server, inner, ...others] = await rows.spans();

      expect(others).toEqual([]);
      expect(inner).toMatchObject({
        operation_name: 'inner work',
        trace_id: server?.trace_id,
        parent_span_id: server?.span_id,
        correlation_id: 'with-inner',
      });
    }));

  it.each([
    ['a path', ['/plain']],
    ['a path with everything below it', ['/pla*']],
    ['a regular expression', [/^\/pl/g]],
    ['a function', ({ url }: { url?: string | undefined }) => url === '/plain'],
  ])('leaves out what is excluded by %s, but gives it an ID', (_kind, exclude) =>
    withApp({ http: { exclude } }, async ({ app, rows }) => {
      const first = await sendHttp(`${app.url}/plain`);
      const second = await sendHttp(`${app.url}/plain`);
      await sendHttp(`${app.url}/orders/1`);

      expect(first.headers['x-correlation-id']).toMatch(/^[0-9a-f]{32}$/);
      expect(second.headers['x-correlation-id']).not.toBe(first.headers['x-correlation-id']);
      expect((await rows.span()).operation_name).toBe('GET /orders/:orderId');
      expect((await rows.requests()).map((metric) => metric.labels['http.route'])).toEqual([
        '/orders/:orderId',
      ]);
    }),
  );
}

/** The labels of a GET. */
export function labels(route: string, status: number, errorType?: string): Record<string, string> {
  return {
    'http.request.method': 'GET',
    'http.route': route,
    'http.response.status_code': String(status),
    'url.scheme': 'http',
    ...(errorType === undefined ? {} : { 'error.type': errorType }),
  };
}
