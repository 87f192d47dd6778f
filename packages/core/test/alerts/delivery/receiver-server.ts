import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A message that has come in. */
export interface ReceivedMessage {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What a receiver answers to its n-th message, from 1. */
export type Answer = (response: ServerResponse, count: number) => void;

/** A real receiver on 127.0.0.1. */
export interface ReceiverServer {
  url: string;
  received: ReceivedMessage[];
  answer: Answer;
}

/** Starts one for this test. Default: it answers 204. */
export async function startReceiver(
  answer: Answer = (response) => response.writeHead(204).end(),
): Promise<ReceiverServer> {
  const receiver: ReceiverServer = { url: '', received: [], answer };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      receiver.received.push({ path: request.url ?? '', headers: request.headers, body });
      receiver.answer(response, receiver.received.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return receiver;
}

/** The keys of the changes in a message of a webhook. */
export function keysOf({ body }: ReceivedMessage): string[] {
  const { data } = JSON.parse(body) as { data: { notices: { idempotencyKey: string }[] } };
  return data.notices.map(({ idempotencyKey }) => idempotencyKey);
}
