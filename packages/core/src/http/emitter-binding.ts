import { IncomingMessage, ServerResponse } from 'node:http';
import type { EventEmitter } from 'node:events';
import { releaseRequest, requestState } from './request-state.ts';
import type { RequestState } from './request-state.ts';

type Emit = EventEmitter['emit'];
type WriteHead = (...args: unknown[]) => ServerResponse;

// What node:http's requests and responses do for a request of ours is put on their prototypes while anybody needs it. On each
// request it would be a property more, for which V8 copies all the others.
let holders = 0;
let takeBack: (() => void)[] = [];

/**
 * Makes the listeners of requests and responses run in the context of their request, whoever emits: `data` and `close` come
 * from the socket, where there is none, and a keep-alive socket may be in the context of the request before. Adds our headers when
 * the head of a response is written. Answers how to take it back.
 */
export function holdEmitterBinding(): () => void {
  holders += 1;
  if (holders === 1) {
    takeBack = [
      wrapMethod(IncomingMessage.prototype, 'emit', createEmitOfRequest),
      wrapMethod(ServerResponse.prototype, 'emit', createEmitOfResponse),
      wrapMethod(ServerResponse.prototype, 'writeHead', createWriteHead),
    ];
  }
  let isHeld = true;
  return () => {
    if (isHeld) {
      isHeld = false;
      holders -= 1;
      if (holders === 0) {
        takeBack.splice(0).forEach((restore) => restore());
      }
    }
  };
}

/** Whether a request and its response are bound by their prototypes: those of node:http, and of this very pair. */
export function isBoundByPrototype(request: object, response: object): boolean {
  return (
    holders > 0 &&
    request instanceof IncomingMessage &&
    response instanceof ServerResponse &&
    response.req === request
  );
}

/**
 * Puts a method around the one that is there, which may be another tool's (dd-trace's is). Taken back only where nobody has
 * put theirs over it; else it stays and passes on.
 */
function wrapMethod<Name extends 'emit' | 'writeHead'>(
  prototype: object & Record<Name, unknown>,
  name: Name,
  create: (original: never) => unknown,
): () => void {
  const before = Object.getOwnPropertyDescriptor(prototype, name);
  const wrapped = create(prototype[name] as never);
  Object.defineProperty(prototype, name, {
    value: wrapped,
    configurable: true,
    writable: true,
    enumerable: before?.enumerable ?? false,
  });
  return () => {
    if (prototype[name] !== wrapped) {
      return;
    }
    if (before === undefined) {
      Reflect.deleteProperty(prototype, name);
    } else {
      Object.defineProperty(prototype, name, before);
    }
  };
}

function createEmitOfRequest(emit: Emit): Emit {
  return function emitOfRequest(this: IncomingMessage, event: string | symbol, ...rest: unknown[]): boolean {
    // Most events of a request have no listener, and entering a context costs more than emitting one.
    if (this.listenerCount(event) === 0) {
      return emit.call(this, event, ...rest);
    }
    const state = requestState(this);
    return state?.isBound === true
      ? state.run(() => emit.call(this, event, ...rest))
      : emit.call(this, event, ...rest);
  } as Emit;
}

function createEmitOfResponse(emit: Emit): Emit {
  return function emitOfResponse(this: ServerResponse, event: string | symbol, ...rest: unknown[]): boolean {
    // Node's own listener of `finish` is always there, and needs no context.
    if (event !== 'close' && this.listenerCount(event) <= (event === 'finish' ? 1 : 0)) {
      return emit.call(this, event, ...rest);
    }
    const state = this.req === undefined ? undefined : requestState(this.req);
    if (state?.isBound !== true) {
      return emit.call(this, event, ...rest);
    }
    return event === 'close'
      ? emitClose(emit, this, state)
      : state.run(() => emit.call(this, event, ...rest));
  } as Emit;
}

function emitClose(emit: Emit, response: ServerResponse, state: RequestState): boolean {
  // Before any listener: some of them end a span that was borrowed. And without one of ours, which costs a kilobyte.
  state.close?.();
  try {
    return response.listenerCount('close') === 0
      ? emit.call(response, 'close')
      : state.run(() => emit.call(response, 'close'));
  } finally {
    releaseRequest(response.req);
  }
}

function createWriteHead(writeHead: WriteHead): WriteHead {
  return function writeHeadOfRequest(this: ServerResponse, ...args: unknown[]): ServerResponse {
    const state = this.req === undefined || this.headersSent ? undefined : requestState(this.req);
    return state?.isBound === true && state.toHead !== undefined
      ? writeHead.apply(this, state.toHead(args) as unknown[])
      : writeHead.apply(this, args);
  };
}
