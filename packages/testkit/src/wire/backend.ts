import { Socket } from 'node:net';
import { Client } from 'pg';
import { MessageReader, type WireMessage } from './message-reader.ts';

/** A connection to the server that is handed from client to client. */
export class Backend {
  readonly #socket: Socket;
  readonly #reader = new MessageReader();
  /** Told of each message of the server. */
  onMessage: (message: WireMessage) => void = () => undefined;
  /** Told when the server ends the connection. */
  onClose: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => this.onClose());
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      for (let message = this.#reader.next(); message !== undefined; message = this.#reader.next()) {
        this.onMessage(message);
      }
    });
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Connects as pg does, and takes the socket over as soon as the server is ready. */
export async function connectBackend(url: string): Promise<Backend> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { stream } = (client as unknown as { connection: { stream: unknown } }).connection;
  if (!(stream instanceof Socket)) {
    throw new TypeError('pg connects through a plain socket');
  }
  stream.removeAllListeners();
  return new Backend(stream);
}
