import type { ServerResponse } from 'node:http';

/** The requests a process is answering, and what draining does to them. */
export class RequestsInFlight {
  readonly #responses = new Set<ServerResponse>();
  readonly #idle = new Set<() => void>();
  #draining = false;

  /** How many there are now. */
  get count(): number {
    return this.#responses.size;
  }

  /** Counts a request until its response closes. */
  track(response: ServerResponse): void {
    this.#responses.add(response);
    if (this.#draining) {
      askToClose(response);
    }
    response.once('close', () => {
      this.#responses.delete(response);
      if (this.#responses.size === 0) {
        this.#idle.forEach((onIdle) => onIdle());
      }
    });
  }

  /** From now on responses, also those in flight, ask their clients to close the connection. */
  startDraining(): void {
    this.#draining = true;
    this.#responses.forEach(askToClose);
  }

  /** Resolves with true when none is left, with false after `timeoutMs`. */
  untilIdle(timeoutMs: number): Promise<boolean> {
    if (this.#responses.size === 0) {
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const settle = (idle: boolean): void => {
        clearTimeout(timer);
        this.#idle.delete(onIdle);
        resolve(idle);
      };
      const onIdle = (): void => settle(true);
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.#idle.add(onIdle);
    });
  }
}

// One busy keep-alive client would hold the server open for seconds. HTTP/2 has no such header, and Node.js warns of it.
function askToClose(response: ServerResponse): void {
  if (!response.headersSent && response.req.httpVersionMajor < 2) {
    response.setHeader('connection', 'close');
  }
}
