import type { IncomingMessage, ServerResponse } from 'node:http';

/** Middleware as Express, Nest on Express and Nest on Fastify all take it. */
export type Neighbour = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;
