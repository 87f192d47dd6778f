import type { EventEmitter } from 'node:events';

/**
 * Makes the listeners of an emitter run in the context of the request, whoever emits: `data` and `close` of a request come
 * from the socket, where there is none, and a keep-alive socket may be in the context of the request before.
 */
export function bindEmitter(emitter: EventEmitter, runInContext: <Result>(work: () => Result) => Result): void {
  const emit = emitter.emit;
  emitter.emit = function emitInContext(this: EventEmitter, ...args: Parameters<EventEmitter['emit']>): boolean {
    return runInContext(() => emit.apply(this, args));
  };
}
