import type { AbstractHttpAdapter } from '@nestjs/core';
import { requestCorrelationId } from '@pg-observability/core';
import type { ClientFacts, RouteSource } from '@pg-observability/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestTarget } from './http-platform.ts';

interface FastifyRequest {
  raw: IncomingMessage;
  is404: boolean;
  routeOptions: { url?: string | undefined };
  ip: string;
  protocol: string;
}

interface FastifyReply {
  raw: ServerResponse;
  header(name: string, value: string): unknown;
  hijack(): unknown;
}

type OnRequest = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

interface FastifyInstance {
  addHook(name: 'onRequest', hook: OnRequest): unknown;
}

/**
 * Puts the telemetry into the request hook of the adapter, which runs before CORS, CSRF protection and every middleware. The
 * adapter has one place for such a hook: a hook that is there already runs after ours, and where the application takes the
 * place later, a hook of the Fastify instance still sees the request, behind the middleware.
 */
export function installOnFastify(adapter: AbstractHttpAdapter, { telemetry, answer }: RequestTarget): void {
  const observe: OnRequest = (request, reply, done) => {
    const { raw } = request;
    if (answer(raw, reply.raw, raw.url ?? '/')) {
      reply.hijack();
    } else {
      telemetry.handle(raw, reply.raw, new FastifySource(request, reply), done);
    }
  };
  const observeIfNew: OnRequest = (request, reply, done) => {
    if (requestCorrelationId(request.raw) === undefined) {
      observe(request, reply, done);
    } else {
      done();
    }
  };
  const earlier = (adapter as unknown as { onRequestHook?: OnRequest }).onRequestHook;
  adapter.setOnRequestHook(earlier === undefined ? observe : chain(observe, earlier, adapter));
  adapter.getInstance<FastifyInstance>().addHook('onRequest', observeIfNew);
}

/** What Fastify knows of a request. */
class FastifySource implements RouteSource {
  readonly originalUrl: string;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #pattern: string | undefined;

  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.originalUrl = request.raw.url ?? '/';
    this.#request = request;
    this.#reply = reply;
    // Read now: Fastify puts the handler for errors and for "not found" in the place of the route.
    this.#pattern = request.is404 ? undefined : request.routeOptions.url;
  }

  route(): string | undefined {
    return this.#pattern;
  }

  setHeader(name: string, value: string): void {
    this.#reply.header(name, value);
  }

  client(): ClientFacts {
    return { address: this.#request.ip, scheme: this.#request.protocol };
  }
}

function chain(first: OnRequest, second: OnRequest, adapter: AbstractHttpAdapter): OnRequest {
  return (request, reply, done) => first(request, reply, () => second.call(adapter, request, reply, done));
}
