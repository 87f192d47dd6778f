import type { AbstractHttpAdapter } from '@nestjs/core';
import type { ClientFacts } from '@pg-observability/core';
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
export function installOnFastify(adapter: AbstractHttpAdapter, { telemetry, probes }: RequestTarget): void {
  const observe: OnRequest = (request, reply, done) => {
    const { raw, is404, routeOptions } = request;
    const originalUrl = raw.url ?? '/';
    // Read now: Fastify puts the handler for errors and for "not found" in the place of the route.
    const pattern = is404 ? undefined : routeOptions.url;
    if (probes.answer(raw, reply.raw, originalUrl)) {
      reply.hijack();
    } else {
      const client = (): ClientFacts => ({ address: request.ip, scheme: request.protocol });
      telemetry.handle(raw, reply.raw, { originalUrl, route: () => pattern, client }, () => done());
    }
  };
  const earlier = (adapter as unknown as { onRequestHook?: OnRequest }).onRequestHook;
  adapter.setOnRequestHook(earlier === undefined ? observe : chain(observe, earlier, adapter));
  adapter.getInstance<FastifyInstance>().addHook('onRequest', observe);
}

function chain(first: OnRequest, second: OnRequest, adapter: AbstractHttpAdapter): OnRequest {
  return (request, reply, done) => first(request, reply, () => second.call(adapter, request, reply, done));
}
