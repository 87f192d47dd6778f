import { once } from 'node:events';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendHttp } from '@pg-observability/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createCorrelationScope,
  currentCorrelationId,
  excludeRequest,
  requestCorrelationId,
} from '../../src/index.ts';

describe('createCorrelationScope without any framework', () => {
  it('gives each request of a node:http server its ID', async () => {
    const correlate = createCorrelationScope();
    const server = createServer((request, response) => {
      correlate(request, response, (correlationId) => {
        response.end(JSON.stringify([correlationId, currentCorrelationId(), requestCorrelationId(request)]));
      });
    }).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.close();
    });
    await once(server, 'listening');

    const { headers, body } = await sendHttp(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      headers: { 'x-request-id': 'plain-node' },
    });

    expect(JSON.parse(body)).toEqual(['plain-node', 'plain-node', 'plain-node']);
    expect(headers['x-correlation-id']).toBe('plain-node');
  });

  it('is left where it was entered, and by the next request on the same connection', async () => {
    const correlate = createCorrelationScope();
    const outside: unknown[] = [];
    const server = createServer((request, response) => {
      outside.push(currentCorrelationId());
      correlate(request, response, () => response.end());
      outside.push(currentCorrelationId());
    }).listen(0, '127.0.0.1');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => {
      agent.destroy();
      server.close();
    });
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    await sendHttp(url, { agent });
    await sendHttp(url, { agent });

    expect(outside).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.each([
    ['trustIncoming', { trustIncoming: 1 }],
    ['requestHeaders', { requestHeaders: [''] }],
    ['responseHeader', { responseHeader: 'a: b' }],
  ])('refuses a wrong %s by its name', (name, options) => {
    expect(() => createCorrelationScope(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(name) }),
    );
  });

  it('knows nothing of a request it has not seen, and does not mind being asked', () => {
    const request = {} as never;

    excludeRequest(request);

    expect(requestCorrelationId(request)).toBeUndefined();
  });
});
