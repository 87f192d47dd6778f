import { once } from 'node:events';
import { createServer, request as sendRequest } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { withHeader } from '../../src/http/response-head.ts';

const NAME = 'X-Correlation-Id';

/** What a client gets where a handler calls `writeHead` with `args`, and our header is added. */
async function answer(
  args: readonly unknown[],
  prepare: (response: ServerResponse) => void = () => undefined,
): Promise<{ status: number | undefined; message: string | undefined; headers: string[] }> {
  const server = createServer({ keepAlive: false }, (_request, response) => {
    response.sendDate = false;
    prepare(response);
    const head = withHeader(response, NAME, 'ours', args) as Parameters<ServerResponse['writeHead']>;
    response.writeHead(...head).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = sendRequest({ port: (server.address() as AddressInfo).port, agent: false }).end();
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  response.resume();
  server.close();
  const pairs = response.rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : text));
  const headers = pairs.flatMap((text, at) => (at % 2 === 0 ? [`${text}${pairs[at + 1]}`] : []));
  return {
    status: response.statusCode,
    message: response.statusMessage,
    headers: headers.filter((line) => !/^(connection|transfer-encoding|keep-alive)/i.test(line)),
  };
}

it.each([
  ['no headers', [201], ['X-Correlation-Id: ours']],
  ['a message', [201, 'Made'], ['X-Correlation-Id: ours']],
  ['an object', [201, { a: '1' }], ['a: 1', 'X-Correlation-Id: ours']],
  ['a message and an object', [201, 'Made', { a: '1' }], ['a: 1', 'X-Correlation-Id: ours']],
  ['no message and an object', [201, undefined, { a: '1' }], ['a: 1', 'X-Correlation-Id: ours']],
  ['repeated values', [201, { a: ['1', '2'] }], ['a: 1', 'a: 2', 'X-Correlation-Id: ours']],
  ['a flat list', [201, ['a', '1', 'a', '2']], ['a: 1', 'a: 2', 'X-Correlation-Id: ours']],
  [
    'pairs',
    [
      201,
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['a: 1', 'a: 2', 'X-Correlation-Id: ours'],
  ],
  ['an empty list', [201, []], ['X-Correlation-Id: ours']],
  ['its own, in an object', [201, { 'x-correlation-id': 'theirs' }], ['x-correlation-id: theirs']],
  ['its own, in another case', [201, { 'X-CORRELATION-ID': 'theirs' }], ['X-CORRELATION-ID: theirs']],
  ['its own, in a flat list', [201, ['x-Correlation-id', 'theirs']], ['x-Correlation-id: theirs']],
  ['its own, in pairs', [201, [['x-correlation-id', 'theirs']]], ['x-correlation-id: theirs']],
])('adds a header where the handler gives %s', async (_case, args, headers) => {
  expect((await answer(args)).headers).toEqual(headers);
});

it('keeps status and message', async () => {
  expect(await answer([418, 'Short and stout', { a: '1' }])).toMatchObject({
    status: 418,
    message: 'Short and stout',
  });
});

it('adds to headers that were set before', async () => {
  const { headers } = await answer([200, { b: '2' }], (response) => {
    response.setHeader('a', '1');
  });

  expect(new Set(headers)).toEqual(new Set(['a: 1', 'b: 2', 'X-Correlation-Id: ours']));
});

it('leaves a header of that name that was set before', async () => {
  const { headers } = await answer([200], (response) => {
    response.setHeader('x-correlation-id', 'theirs');
  });

  expect(headers).toEqual(['x-correlation-id: theirs']);
});

it('changes neither the object nor the list of the application', async () => {
  const object = Object.freeze({ a: '1' });
  const list = Object.freeze(['a', '1']);

  await answer([200, object]);
  await answer([200, list]);

  expect({ object, list }).toEqual({ object: { a: '1' }, list: ['a', '1'] });
});
