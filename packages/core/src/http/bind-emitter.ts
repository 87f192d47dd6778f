import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestState } from './request-state.ts';

/**
 * Makes the listeners of a request and its response run in the context of that request, whoever emits: `data` and `close` come
 * from the socket, where there is none, and a keep-alive socket may be in the context of the request before.
 */
export function bindEmitters(request: IncomingMessage, response: ServerResponse): void {
  // Looked up at each event, because a middleware further down may open the server span.
  const run = <Result>(work: () => Result): Result => {
    const state = requestState(request);
    return state === undefined ? work() : state.run(work);
  };
  bindEmitter(request, run);
  bindEmitter(response, run);
}

function bindEmitter(emitter: EventEmitter, run: <Result>(work: () => Result) => Result): void {
  const emit = emitter.emit;
  emitter.emit = function emitInContext(
    this: EventEmitter,
    ...args: Parameters<EventEmitter['emit']>
  ): boolean {
    // Most events of a request have no listener, and entering a context costs more than emitting one.
    return this.listenerCount(args[0]) === 0 ? emit.apply(this, args) : run(() => emit.apply(this, args));
  };
}
