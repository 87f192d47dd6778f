/**
 * What is read of Express and its router, by shape: 4.x and 5.x differ, both are supported, and nothing of them is imported.
 */

/** A registered middleware or route. */
export interface LayerLike {
  /** The route, when the layer leads to one. */
  route?: RouteLike | undefined;
  handle?: unknown;
  /** Express 4. */
  regexp?: RegExp & { fast_slash?: boolean; fast_star?: boolean };
  /** Express 4. */
  keys?: readonly { name: string | number }[];
  /** router 2: true for `use('/')`, which takes nothing off the path. */
  slash?: boolean;
  /** router 2: one test per path. */
  matchers?: readonly ((path: string) => false | { path: string; params: Record<string, unknown> })[];
}

/** A route and its handlers; `request.route`. */
export interface RouteLike {
  path: unknown;
  stack: readonly unknown[];
}

/** A router. */
export interface RouterLike {
  stack: readonly LayerLike[];
}

/** An Express application. */
export interface AppLike {
  /** Express 4. */
  _router?: RouterLike;
  /** Express 5. In Express 4 it throws. */
  router?: RouterLike;
  /** Where it is mounted in `parent`, as the user wrote it. */
  mountpath?: unknown;
  parent?: AppLike;
}

/** What the route is worked out from. */
export interface RoutedRequest {
  /** Concrete path of the router that runs now; undefined when the outermost one has given up. */
  baseUrl?: string;
  /** `next` of the router that runs now, one function per request and router. */
  next?: unknown;
  route?: RouteLike;
  app?: AppLike;
}

/** What the router tells before it calls a handler. */
export interface LayerStart {
  req: RoutedRequest;
  layer: LayerLike;
  /** The pattern under which the layer is registered; of several, the one that matched. */
  route: unknown;
  /** True for an error handler. */
  errorHandler?: boolean;
}

/** The router of an application. */
export function appRouter(app: AppLike): RouterLike | undefined {
  return app._router ?? app.router;
}

/** Whether something mounted is a router, so that there is more to look at inside. */
export function isRouter(handle: unknown): handle is RouterLike {
  return typeof handle === 'function' && Array.isArray((handle as Partial<RouterLike>).stack);
}
