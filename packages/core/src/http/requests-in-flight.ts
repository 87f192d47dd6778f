import type { ServerResponse } from 'node:http';
import { OperationsInFlight } from '../lifecycle/operations-in-flight.ts';

/** The requests a process is answering, and what draining does to them. */
export class RequestsInFlight {
  readonly #operations = new OperationsInFlight();
  #isDraining = false;

  /** How many there are now. */
  get count(): number {
    return this.#operations.count;
  }

  /** True when responses are to ask their clients to close the connection. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Counts a request until `leave` is called for it. */
  enter(): void {
    this.#operations.add();
  }

  /** The response has closed. */
  leave(): void {
    this.#operations.remove();
  }

  startDraining(): void {
    this.#isDraining = true;
  }

  /** Resolves with true when none is left, with false after `timeoutMs`. */
  untilIdle(timeoutMs: number): Promise<boolean> {
    return this.#operations.untilIdle(timeoutMs);
  }
}

/**
 * Asks the client to close the connection: one busy keep-alive client would hold the server open for seconds. HTTP/2 has no such
 * header, and Node.js warns of it.
 */
export function askToClose(response: ServerResponse): void {
  if (!response.headersSent && response.req.httpVersionMajor < 2) {
    response.setHeader('connection', 'close');
  }
}
