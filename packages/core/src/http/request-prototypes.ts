import { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:http';

/** A framework's own prototypes of requests and responses, which it gives to those that Node has made. */
interface FrameworkPrototypes {
  request: object;
  response: object;
}

type MessageClass = (this: object, ...args: unknown[]) => void;

// Until V8 12 each object whose prototype was exchanged has a hidden class of its own from then on.
const IS_NEEDED = Number(process.versions.node.split('.', 1)[0]) < 24;

/**
 * Lets the server of a request make the next ones with the prototypes of its framework right away.
 *
 * Express exchanges the prototypes of each request and response after Node has made them. In Node.js 20 and 22 that gives each of
 * them a hidden class of its own: every property that is then added copies all others, and nothing that reads one is ever fast.
 * More than half of the CPU of a small request goes there. What already has the prototype is left as it is, so nothing else
 * changes for the application. Where the server is not one whose only listener is that framework, it is left alone.
 *
 * @param request a request as the framework hands it to its middleware
 * @returns how to take it back; undefined where nothing was done
 * @source https://github.com/expressjs/express/blob/v5.1.0/lib/application.js#L152 (app.handle)
 */
export function adoptFrameworkPrototypes(request: IncomingMessage): (() => void) | undefined {
  const server = (request.socket as { server?: Server }).server;
  const prototypes = server === undefined ? undefined : findPrototypes(server);
  if (!IS_NEEDED || server === undefined || prototypes === undefined) {
    return undefined;
  }
  // Below a mounted application it is that one's prototype, and the outer one exchanges it again.
  if (prototypes.request !== Object.getPrototypeOf(request)) {
    return undefined;
  }
  const requestKey = findClassKey(server, IncomingMessage);
  const responseKey = findClassKey(server, ServerResponse);
  if (requestKey === undefined || responseKey === undefined) {
    return undefined;
  }
  const restoreRequests = putClass(server, requestKey, prototypes.request);
  const restoreResponses = putClass(server, responseKey, prototypes.response);
  return () => {
    restoreRequests();
    restoreResponses();
  };
}

/** What the one listener of a server, an Express application, gives to requests. */
function findPrototypes(server: Server): FrameworkPrototypes | undefined {
  const listeners = server.listeners('request');
  const [application] = listeners as Partial<FrameworkPrototypes>[];
  const { request, response } = application ?? {};
  return listeners.length === 1 &&
    isDescendant(request, IncomingMessage.prototype) &&
    isDescendant(response, ServerResponse.prototype)
    ? { request, response }
    : undefined;
}

function isDescendant(value: unknown, prototype: object): value is object {
  return typeof value === 'object' && value !== null && Object.prototype.isPrototypeOf.call(prototype, value);
}

/**
 * The property under which a server keeps the class of its requests, or that of its responses: what `http.createServer` takes as
 * the options `IncomingMessage` and `ServerResponse`, which cannot be given later. Undefined where the application has given
 * a class of its own.
 */
function findClassKey(
  server: Server,
  original: typeof IncomingMessage | typeof ServerResponse,
): symbol | undefined {
  return Object.getOwnPropertySymbols(server).find(
    (key) => key.description === original.name && Reflect.get(server, key) === original,
  );
}

function putClass(server: Server, key: symbol, prototype: object): () => void {
  const original: unknown = Reflect.get(server, key);
  const derived = deriveClass(original as MessageClass, prototype);
  Reflect.set(server, key, derived);
  return () => {
    if (Reflect.get(server, key) === derived) {
      Reflect.set(server, key, original);
    }
  };
}

/** Makes the same objects with another prototype. The classes of node:http are functions, which can be called on an object. */
function deriveClass(original: MessageClass, prototype: object): MessageClass {
  function Derived(this: object, ...args: unknown[]): void {
    original.apply(this, args);
  }
  Derived.prototype = prototype;
  return Derived;
}
