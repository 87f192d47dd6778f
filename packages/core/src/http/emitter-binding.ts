import { IncomingMessage, ServerResponse } from 'node:http';
import type { EventEmitter } from 'node:events';
import { writeRepeatedHeaders } from './keep-repeated-headers.ts';
import { releaseRequest, requestState } from './request-state.ts';

type Emit = EventEmitter['emit'];
type WriteHead = (...args: unknown[]) => ServerResponse;

// What node:http's requests and responses do for a request of ours is put on their prototypes while anybody needs it. On each
// request it would be a property more, for which V8 copies all the others.
let holders = 0;
let takeBack: (() => void)[] = [];

/**
 * Makes the listeners of requests and responses run in the context of their request, whoever emits: `data` and `close` come
 * from the socket, where there is none, and a keep-alive socket may be in the context of the request before. Lets handlers go
 * on answering repeated headers as a list. Answers how to take it back.
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
  return function emitOfRequest(this: IncomingMessage, ...args: Parameters<Emit>): boolean {
    return emitInContext(emit, this, this, args);
  } as Emit;
}

function createEmitOfResponse(emit: Emit): Emit {
  return function emitOfResponse(this: ServerResponse, ...args: Parameters<Emit>): boolean {
    return args[0] === 'close' ? emitClose(emit, this, args) : emitInContext(emit, this, this.req, args);
  } as Emit;
}

function emitClose(emit: Emit, response: ServerResponse, args: Parameters<Emit>): boolean {
  const state = response.req === undefined ? undefined : requestState(response.req);
  if (state?.isBound !== true) {
    return emit.apply(response, args);
  }
  // Before any listener: some of them end a span that was borrowed. And without one of ours, which costs a kilobyte.
  state.close?.();
  try {
    return emitInContext(emit, response, response.req, args);
  } finally {
    releaseRequest(response.req);
  }
}

function emitInContext(
  emit: Emit,
  emitter: EventEmitter,
  request: IncomingMessage | undefined,
  args: Parameters<Emit>,
): boolean {
  const state = request === undefined ? undefined : requestState(request);
  // Most events of a request have no listener, and entering a context costs more than emitting one.
  return state?.isBound !== true || !hasForeignListener(emitter, args[0])
    ? emit.apply(emitter, args)
    : state.run(() => emit.apply(emitter, args));
}

// Node's own listener of `finish` is always there, and needs no context.
function hasForeignListener(emitter: EventEmitter, event: string | symbol): boolean {
  return emitter.listenerCount(event) > (event === 'finish' && emitter instanceof ServerResponse ? 1 : 0);
}

function createWriteHead(writeHead: WriteHead): WriteHead {
  return function writeHeadOfList(this: ServerResponse, ...args: unknown[]): ServerResponse {
    const isList = Array.isArray(args.at(-1)) && this.req !== undefined;
    const header = isList ? requestState(this.req)?.echoedHeader : undefined;
    return header === undefined
      ? writeHead.apply(this, args)
      : writeRepeatedHeaders(this, header, args, writeHead);
  };
}
