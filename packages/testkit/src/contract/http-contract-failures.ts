import { expect, it } from 'vitest';
import { sendHttp } from './http-client.ts';
import type { WithHttpContractApp } from './http-contract-run.ts';
import { labels } from './http-contract-spans.ts';

/** Errors of the server, and those of the client. */
export function describeHttpFailures(withApp: WithHttpContractApp): void {
  it.each([
    ['thrown', '/fail', 'TypeError', 'contract failure'],
    ['rejected', '/reject', 'RangeError', 'contract rejection'],
  ])(
    'records an exception that is %s on the span, and its class on the metric',
    (_how, path, type, message) =>
      withApp({}, async ({ app, rows }) => {
        const answer = await sendHttp(app.url + path);

        const span = await rows.span();
        expect([answer.status, answer.body.includes(message)]).toEqual([500, false]);
        expect(span).toMatchObject({
          operation_name: `GET ${path}`,
          status: 'ERROR',
          exceptions: [{ type, message }],
        });
        expect(span.attributes).toMatchObject({
          'http.response.status_code': 500,
          'http.route': path,
          'error.type': type,
        });
        expect((await rows.requests()).map((metric) => metric.labels)).toEqual([labels(path, 500, type)]);
      }),
  );

  it('puts the correlation ID on the answer to a failed request', () =>
    withApp({}, async ({ app, rows }) => {
      const { headers } = await sendHttp(`${app.url}/fail`, { headers: { 'x-correlation-id': 'broken-1' } });

      expect(headers['x-correlation-id']).toBe('broken-1');
      expect((await rows.span()).correlation_id).toBe('broken-1');
    }));

  it('does not call it an error of the server when the client is refused', () =>
    withApp({}, async ({ app, rows }) => {
      const { status } = await sendHttp(`${app.url}/refuse`);

      const span = await rows.span();
      expect([status, span.status, span.exceptions, span.attributes['http.route']]).toEqual([
        418,
        'UNSET',
        [],
        '/refuse',
      ]);
      expect((await rows.requests()).map((metric) => metric.labels)).toEqual([labels('/refuse', 418)]);
    }));

  it('calls a 5xx without an exception an error, named by its status', () =>
    withApp({}, async ({ app, rows }) => {
      await sendHttp(`${app.url}/status/503`);

      const span = await rows.span();
      expect([span.status, span.exceptions, span.attributes['error.type']]).toEqual(['ERROR', [], '503']);
      expect((await rows.requests()).map((metric) => metric.labels)).toEqual([
        labels('/status/:code', 503, '503'),
      ]);
    }));

  it('keeps the route of a 404 that a handler has answered itself', () =>
    withApp({}, async ({ app, rows }) => {
      await sendHttp(`${app.url}/status/404`);

      expect((await rows.requests()).map((metric) => metric.labels)).toEqual([labels('/status/:code', 404)]);
    }));
}
