import { createRequire } from 'node:module';
import { once } from 'node:events';
import type { EventEmitter } from 'node:events';

interface Socket extends EventEmitter {
  send(text: string): void;
  close(): void;
}

// Node 20 has no client of its own; that of Nest's adapter is there.
const require = createRequire(createRequire(import.meta.url).resolve('@nestjs/platform-ws'));
const WebSocket = require('ws') as new (url: string) => Socket;

export interface SocketClient {
  /** Sends a message as Nest's adapter for `ws` reads it, and answers what comes back. */
  ask(event: string, data: unknown): Promise<unknown>;
  close(): void;
}

/** Connects to the gateways of an application. */
export async function connectSocket(url: string): Promise<SocketClient> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  await once(socket, 'open');
  return {
    ask: async (event, data) => {
      const answered = once(socket, 'message');
      socket.send(JSON.stringify({ event, data }));
      const [answer] = (await answered) as [Buffer];
      return JSON.parse(answer.toString('utf8')) as unknown;
    },
    close: () => socket.close(),
  };
}
