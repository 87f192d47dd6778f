import type { AbstractHttpAdapter } from '@nestjs/core';

interface FastifyInstance {
  hasRoute(route: { method: string; url: string }): boolean;
}

interface ExpressApplication {
  router?: { stack?: readonly { route?: { path?: unknown; methods?: Record<string, boolean> } }[] };
}

/** Whether the application has a route of its own for GET on exactly this path. */
export function hasOwnRoute(adapter: AbstractHttpAdapter, path: string): boolean {
  if (adapter.getType() === 'fastify') {
    return adapter.getInstance<FastifyInstance>().hasRoute({ method: 'GET', url: path });
  }
  const layers = adapter.getInstance<ExpressApplication>().router?.stack ?? [];
  return layers.some(
    ({ route }) => route?.path === path && (route.methods?.['get'] ?? route.methods?.['_all']) === true,
  );
}
