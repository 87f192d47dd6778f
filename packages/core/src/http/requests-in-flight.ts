import type { ServerResponse } from 'node:http';
import { OperationsInFlight } from '../lifecycle/operations-in-flight.ts';

/** The requests a process is answering, and what draining does to them. */
export class RequestsInFlight {
  readonly #responses = new Set<ServerResponse>();
  readonly #operations = new OperationsInFlight();
  /** There while there is any request. */
  #leave: (() => void) | undefined;
  #draining = false;

  /** How many there are now. */
  get count(): number {
    return this.#responses.size;
  }

  /** Counts a request until `leave` is called for its response. */
  enter(response: ServerResponse): void {
    this.#leave ??= this.#operations.enter();
    this.#responses.add(response);
    if (this.#draining) {
      askToClose(response);
    }
  }

  /** The response has closed. */
  leave(response: ServerResponse): void {
    this.#responses.delete(response);
    if (this.#responses.size === 0) {
      this.#leave?.();
      this.#leave = undefined;
    }
  }

  /** From now on responses, also those in flight, ask their clients to close the connection. */
  startDraining(): void {
    this.#draining = true;
    this.#responses.forEach(askToClose);
  }

  /** Resolves with true when none is left, with false after `timeoutMs`. */
  untilIdle(timeoutMs: number): Promise<boolean> {
    return this.#operations.untilIdle(timeoutMs);
  }
}

// One busy keep-alive client would hold the server open for seconds. HTTP/2 has no such header, and Node.js warns of it.
function askToClose(response: ServerResponse): void {
  if (!response.headersSent && response.req.httpVersionMajor < 2) {
    response.setHeader('connection', 'close');
  }
}
