import { recordRequestError, requestSlot } from '@pg-observability/core';
import type { RequestSlot } from '@pg-observability/core';
import type { IncomingMessage } from 'node:http';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { RouteTrail } from './route-trail.ts';
import type { LayerStart } from './router-shapes.ts';

// The tracing channel on which router 2.3 (Express 5) tells which layer it calls, and when an error first appears.
const START = 'tracing:express.router.request:start';
const ERROR = 'tracing:express.router.request:error';
let subscribers = 0;

/**
 * Follows every request of this process through its routers, until the answered function is called. The first caller
 * subscribes and the last one unsubscribes: with a subscriber, the router makes an object per layer.
 */
export function followRoutes(): () => void {
  if (subscribers === 0) {
    subscribe(START, onStart);
    subscribe(ERROR, onError);
  }
  subscribers += 1;
  let isFollowing = true;
  return () => {
    if (isFollowing) {
      isFollowing = false;
      subscribers -= 1;
      if (subscribers === 0) {
        unsubscribe(START, onStart);
        unsubscribe(ERROR, onError);
      }
    }
  };
}

/** The way of a request so far; undefined when its router does not tell, because it is older. */
export function routeTrail(request: object): RouteTrail | undefined {
  return requestSlot(request)?.adapter as RouteTrail | undefined;
}

// A subscriber that throws ends the process, so neither may.
function onStart(message: unknown): void {
  try {
    const start = message as LayerStart;
    const slot = requestSlot(start.req, true) as RequestSlot;
    slot.adapter ??= new RouteTrail();
    (slot.adapter as RouteTrail).enter(start);
  } catch {
    // A router of another make on the same channel: no route is better than no request.
  }
}

function onError(message: unknown): void {
  try {
    const { req, error } = message as LayerStart & { error?: unknown };
    routeTrail(req)?.fail();
    // Also where the application answers errors itself, or leaves them to Express.
    recordRequestError(req as unknown as IncomingMessage, error);
  } catch {
    // As above.
  }
}
