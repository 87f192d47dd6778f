import type { Socket } from 'node:net';
import type { Backend } from './backend.ts';
import { MessageReader, type WireMessage } from './message-reader.ts';
import { fatal, findRefusedParameter, readStartup, welcome } from './startup.ts';

/** What a client needs of the proxy. */
export interface BackendPool {
  /** A backend for one transaction, another one than `last` where possible. */
  take(database: string, last: Backend | undefined): Promise<Backend>;
  /** Takes it back after a transaction; `isClean` is false when it ended in the middle of one. */
  give(database: string, backend: Backend, isClean: boolean): void;
  /** Settings of the server that clients are told at the start. */
  settings(database: string): Promise<ReadonlyMap<string, string>>;
}

// After these the server answers ReadyForQuery once: Query, Sync, FunctionCall.
const ENDS_WITH_READY = new Set(['Q', 'S', 'F']);

/** A client of the pooling proxy: between transactions it has no backend. */
export class PooledClient {
  readonly #socket: Socket;
  readonly #pool: BackendPool;
  readonly #reader = new MessageReader();
  #database = '';
  #hasStarted = false;
  #backend: Backend | undefined;
  #last: Backend | undefined;
  #pending: WireMessage[] = [];
  #isTaking = false;
  #unanswered = 0;

  constructor(socket: Socket, pool: BackendPool) {
    this.#socket = socket;
    this.#pool = pool;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#leave(false));
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      this.#readAll();
    });
  }

  #readAll(): void {
    for (
      let message = this.#reader.next(this.#hasStarted);
      message !== undefined;
      message = this.#reader.next(this.#hasStarted)
    ) {
      if (this.#hasStarted) {
        this.#pass(message);
      } else {
        this.#start(message);
      }
    }
  }

  #start(message: WireMessage): void {
    const startup = readStartup(message);
    if (startup.kind === 'encryption') {
      this.#socket.write('N');
      return;
    }
    if (startup.kind === 'other') {
      this.#socket.destroy();
      return;
    }
    const refused = findRefusedParameter(startup.parameters);
    if (refused !== undefined) {
      this.#socket.end(fatal('08P01', `unsupported startup parameter: ${refused}`));
      return;
    }
    this.#hasStarted = true;
    this.#database = startup.parameters.get('database') ?? startup.parameters.get('user') ?? '';
    this.#pool.settings(this.#database).then(
      (settings) => this.#socket.write(welcome(settings)),
      (error: unknown) => this.#socket.end(fatal('08006', String(error))),
    );
  }

  #pass(message: WireMessage): void {
    if (message.type === 'X') {
      this.#socket.end();
      this.#leave(false);
      return;
    }
    this.#unanswered += ENDS_WITH_READY.has(message.type) ? 1 : 0;
    if (this.#backend !== undefined) {
      this.#backend.write(message.bytes);
      return;
    }
    this.#pending.push(message);
    if (!this.#isTaking) {
      this.#isTaking = true;
      this.#pool.take(this.#database, this.#last).then(
        (backend) => this.#enter(backend),
        (error: unknown) => this.#socket.end(fatal('08006', String(error))),
      );
    }
  }

  #enter(backend: Backend): void {
    this.#isTaking = false;
    if (this.#socket.destroyed) {
      this.#pool.give(this.#database, backend, true);
      return;
    }
    this.#backend = backend;
    this.#last = backend;
    backend.onMessage = (message) => this.#answer(message);
    backend.onClose = () => this.#socket.destroy();
    this.#pending.forEach((message) => backend.write(message.bytes));
    this.#pending = [];
  }

  #answer(message: WireMessage): void {
    this.#socket.write(message.bytes);
    if (message.type === 'Z') {
      this.#unanswered -= 1;
      if (this.#unanswered === 0 && message.body.toString() === 'I') {
        this.#leave(true);
      }
    }
  }

  #leave(isClean: boolean): void {
    const backend = this.#backend;
    this.#backend = undefined;
    if (backend !== undefined) {
      backend.onMessage = () => undefined;
      backend.onClose = () => undefined;
      this.#pool.give(this.#database, backend, isClean);
    }
  }
}
