import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { requestToFacts, serverSpanName } from '../../src/http/http-attributes.ts';

function createRequest(fields: Partial<IncomingMessage>, socket: object = {}): IncomingMessage {
  return { method: 'GET', httpVersion: '1.1', headers: {}, socket, ...fields } as IncomingMessage;
}

describe('requestToFacts', () => {
  it.each([
    ['shop.example', { 'server.address': 'shop.example' }],
    ['shop.example:8080', { 'server.address': 'shop.example', 'server.port': 8080 }],
    ['[::1]', { 'server.address': '[::1]' }],
    ['[::1]:8080', { 'server.address': '[::1]', 'server.port': 8080 }],
    ['shop.example:99999', { 'server.address': 'shop.example:99999' }],
    ['', {}],
    [undefined, {}],
  ])('reads the host %j', (host, expected) => {
    const { attributes } = requestToFacts(createRequest({ headers: { host } }), '/');

    expect(attributes).toEqual({
      'http.request.method': 'GET',
      'url.path': '/',
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
      ...expected,
    });
  });

  it.each([
    ['/orders/1', '/orders/1', undefined],
    ['/orders?a=1?b', '/orders', 'a=1?b'],
    ['/orders?', '/orders', undefined],
    ['//double/slash', '//double/slash', undefined],
    ['http://shop.example:80/orders?a=1', '/orders', 'a=1'],
    ['https://user:secret@shop.example', '/', undefined],
    ['https://shop.example?a=1', '/', 'a=1'],
    ['*', '*', undefined],
    ['', '', undefined],
  ])('reads the target %j', (target, path, query) => {
    const { attributes } = requestToFacts(createRequest({}), target);

    expect([attributes['url.path'], attributes['url.query']]).toEqual([path, query]);
  });

  it('knows TLS by the socket', () => {
    const { scheme } = requestToFacts(createRequest({}, { encrypted: true }), '/');

    expect(scheme).toBe('https');
  });

  it.each([
    [{ address: '203.0.113.7', scheme: 'https' }, '203.0.113.7', 'https'],
    [{ address: undefined, scheme: 'gopher' }, '10.0.0.1', 'http'],
    [undefined, '10.0.0.1', 'http'],
  ])('takes of the client behind proxies %j', (client, address, scheme) => {
    const request = createRequest({}, { remoteAddress: '10.0.0.1' });

    const { attributes } = requestToFacts(request, '/', client);

    expect(attributes).toMatchObject({
      'client.address': address,
      'network.peer.address': '10.0.0.1',
      'url.scheme': scheme,
    });
  });

  it.each([
    ['GET', 'GET', undefined, 'GET /x'],
    ['QUERY', 'QUERY', undefined, 'QUERY /x'],
    ['PROPFIND', '_OTHER', 'PROPFIND', 'HTTP /x'],
    ['get', '_OTHER', 'get', 'HTTP /x'],
  ])('makes of the method %s the label %s', (given, method, original, name) => {
    const facts = requestToFacts(createRequest({ method: given }), '/');

    expect([facts.method, facts.attributes['http.request.method_original']]).toEqual([method, original]);
    expect(serverSpanName(facts.method, '/x')).toBe(name);
  });
});
