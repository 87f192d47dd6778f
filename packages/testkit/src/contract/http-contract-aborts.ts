import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { startHttp } from './http-client.ts';
import type { WithHttpContractApp } from './http-contract-run.ts';
import { labels } from './http-contract-spans.ts';

/** Clients that close the connection before they have the whole answer. */
export function describeHttpAborts(withApp: WithHttpContractApp): void {
  it('stores 499 when the client leaves before anything was sent', () =>
    withApp({}, async ({ app, handlers, rows }) => {
      const request = startHttp(`${app.url}/hang`, { headers: { 'x-correlation-id': 'left-early' } });
      request.on('error', () => undefined).end();
      await handlers.seen('hang');

      request.destroy();

      expect((await handlers.seen('close')).correlationId).toBe('left-early');
      expect(await rows.span()).toMatchObject({
        operation_name: 'GET /hang',
        status: 'UNSET',
        exceptions: [],
        attributes: { 'http.response.status_code': 499, 'http.route': '/hang' },
      });
      expect(await rows.requests()).toMatchObject([{ labels: labels('/hang', 499), requests: 1 }]);
    }));

  it('stores 499 when the client leaves a stream whose head has been sent', () =>
    withApp({}, async ({ app, handlers, rows }) => {
      const request = startHttp(`${app.url}/stream`, { headers: { 'x-correlation-id': 'left-stream' } });
      request.on('error', () => undefined).end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      await once(response, 'data');

      request.destroy();

      expect((await handlers.seen('close')).correlationId).toBe('left-stream');
      expect((await rows.span()).attributes).toMatchObject({
        'http.response.status_code': 499,
        'http.route': '/stream',
      });
      expect(await rows.requests()).toMatchObject([{ labels: labels('/stream', 499), requests: 1 }]);
    }));

  it('stores 499 when the client leaves in the middle of its own body', () =>
    withApp({}, async ({ app, handlers, rows }) => {
      const headers = { 'content-type': 'application/octet-stream', 'content-length': 1_000_000 };
      const request = startHttp(`${app.url}/upload`, { method: 'POST', headers });
      request.on('error', () => undefined).write('first piece');
      await handlers.seen('upload');

      request.destroy();

      expect(await rows.span()).toMatchObject({
        operation_name: 'POST /upload',
        status: 'UNSET',
        attributes: { 'http.response.status_code': 499 },
      });
    }));

  it('has no request in flight afterwards', () =>
    withApp({}, async ({ app, handlers }) => {
      const request = startHttp(`${app.url}/hang`);
      request.on('error', () => undefined).end();
      await handlers.seen('hang');
      const before = app.observability.http.inFlight;

      request.destroy();

      expect([
        before,
        await app.observability.http.untilIdle(5_000),
        app.observability.http.inFlight,
      ]).toEqual([1, true, 0]);
    }));
}
