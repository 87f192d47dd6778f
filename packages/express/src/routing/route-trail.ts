import { joinPatterns, patternToRoute } from './join-patterns.ts';
import type { LayerStart, RoutedRequest } from './router-shapes.ts';

/** A router that is dispatching this request. */
interface Frame {
  /** Identity of the run: every run of a router has a `next` of its own. */
  readonly next: unknown;
  /** Patterns of the mounts that lead here. */
  readonly base: string;
  readonly parent: Frame | undefined;
}

/**
 * Follows one request through the routers, so that its route is known as a pattern. `baseUrl + route.path` is none: for
 * `app.use('/u/:id', router)` the base is `/u/5`; after an error it is reset; and a route that has called `next()` stays on the
 * request although it does not answer.
 */
export class RouteTrail {
  #frame: Frame | undefined;
  /** Base of a router that a layer may call next. */
  #innerBase = '';
  #route: string | undefined;
  /** Whether the last layer that ran belongs to `#route`. */
  #isAtRoute = false;
  #hasFailed = false;

  /** A layer is about to run. */
  enter({ req, layer, route, errorHandler }: LayerStart): void {
    const { base } = this.#enterFrame(req.next);
    if (errorHandler === true) {
      return;
    }
    this.#hasFailed = false;
    // A parameter callback comes with the layer of its route, a handler with a layer out of its route.
    this.#isAtRoute = layer.route !== undefined || req.route?.stack.includes(layer) === true;
    if (this.#isAtRoute) {
      this.#route = patternToRoute(joinPatterns(base, route));
      // A route takes nothing off the path, so a router called by its handler sees the same base.
      this.#innerBase = base;
    } else {
      this.#innerBase = joinPatterns(base, route);
    }
  }

  /** A handler has thrown or called `next(error)`. */
  fail(): void {
    this.#hasFailed = true;
  }

  /** The route that answered with `status`; undefined when none did. */
  answeredBy(status: number, request: RoutedRequest): string | undefined {
    if (status !== 404) {
      return this.#route;
    }
    // Without `next` the outermost router has given up, so nobody's handler has said 404, but Express itself.
    const hasGivenUp = request.next === undefined && !this.#hasFailed;
    return this.#isAtRoute && !hasGivenUp ? this.#route : undefined;
  }

  #enterFrame(next: unknown): Frame {
    let frame = this.#frame;
    while (frame !== undefined && frame.next !== next) {
      frame = frame.parent;
    }
    frame ??= { next, base: this.#frame === undefined ? '' : this.#innerBase, parent: this.#frame };
    this.#frame = frame;
    return frame;
  }
}
