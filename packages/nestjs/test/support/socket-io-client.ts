import { io } from 'socket.io-client';
import { onTestFinished } from 'vitest';

/** Connects to the gateways of an application as socket.io does; closed when the test is over. */
export async function connectSocketIo(url: string): Promise<{
  ask(event: string, data: unknown): Promise<unknown>;
  heard(event: string): Promise<unknown>;
  close(): void;
}> {
  const socket = io(url, { transports: ['websocket'], reconnection: false });
  onTestFinished(() => {
    socket.close();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  return {
    ask: (event, data) => socket.timeout(10_000).emitWithAck(event, data),
    heard: (event) => new Promise((resolve) => socket.once(event, resolve)),
    close: () => socket.close(),
  };
}
