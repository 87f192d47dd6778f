import { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { releaseRequest, requestState } from './request-state.ts';
import { writeRepeatedHeaders } from './keep-repeated-headers.ts';

// What node:http's requests and responses do for a request of ours is put on their prototypes while anybody needs it. On each
// request it would be a property more, for which V8 copies all the others.
let holders = 0;
const emit = EventEmitter.prototype.emit;
const writeHead = ServerResponse.prototype.writeHead as (...args: unknown[]) => ServerResponse;

/**
 * Makes the listeners of requests and responses run in the context of their request, whoever emits: `data` and `close` come
 * from the socket, where there is none, and a keep-alive socket may be in the context of the request before. Lets handlers go
 * on answering repeated headers as a list. Answers how to take it back.
 */
export function holdEmitterBinding(): () => void {
  holders += 1;
  if (holders === 1) {
    define(IncomingMessage.prototype, 'emit', emitOfRequest);
    define(ServerResponse.prototype, 'emit', emitOfResponse);
    define(ServerResponse.prototype, 'writeHead', writeHeadOfList);
  }
  let isHeld = true;
  return () => {
    if (isHeld) {
      isHeld = false;
      holders -= 1;
      if (holders === 0) {
        restore();
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

function define(prototype: object, name: string, value: unknown): void {
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true, enumerable: false });
}

// Where somebody else has wrapped ours in the meantime, it stays, and only passes on.
function restore(): void {
  remove(IncomingMessage.prototype, emitOfRequest);
  remove(ServerResponse.prototype, emitOfResponse);
  if (ServerResponse.prototype.writeHead === (writeHeadOfList as unknown)) {
    ServerResponse.prototype.writeHead = writeHead as typeof ServerResponse.prototype.writeHead;
  }
}

function remove(prototype: EventEmitter, own: unknown): void {
  if (Object.hasOwn(prototype, 'emit') && prototype.emit === own) {
    Reflect.deleteProperty(prototype, 'emit');
  }
}

function emitOfRequest(this: IncomingMessage, ...args: Parameters<EventEmitter['emit']>): boolean {
  return emitInContext(this, this, args);
}

function emitOfResponse(this: ServerResponse, ...args: Parameters<EventEmitter['emit']>): boolean {
  return args[0] === 'close' ? emitClose(this, args) : emitInContext(this, this.req, args);
}

function emitClose(response: ServerResponse, args: Parameters<EventEmitter['emit']>): boolean {
  const state = requestState(response.req);
  if (state?.isBound !== true) {
    return emit.apply(response, args);
  }
  // Before any listener: some of them end a span that was borrowed. And without one of ours, which costs a kilobyte.
  state.close?.();
  try {
    return emitInContext(response, response.req, args);
  } finally {
    releaseRequest(response.req);
  }
}

function emitInContext(
  emitter: EventEmitter,
  request: IncomingMessage | undefined,
  args: Parameters<EventEmitter['emit']>,
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

function writeHeadOfList(this: ServerResponse, ...args: unknown[]): ServerResponse {
  const header = Array.isArray(args.at(-1)) ? requestState(this.req)?.echoedHeader : undefined;
  return header === undefined
    ? writeHead.apply(this, args)
    : writeRepeatedHeaders(this, header, args, writeHead);
}
