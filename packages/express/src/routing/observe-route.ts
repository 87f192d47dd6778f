import { joinPatterns, patternToRoute } from './join-patterns.ts';
import { matchMount, UNKNOWN_MOUNT } from './layer-pattern.ts';
import { appRouter, isRouter } from './router-shapes.ts';
import type { AppLike, RoutedRequest, RouteLike, RouterLike } from './router-shapes.ts';

/** What was on the request when its route was set. */
interface Sighting {
  route: RouteLike;
  baseUrl: string;
  app: AppLike | undefined;
}

const MAX_DEPTH = 16;

/**
 * Finds the route of a request whose router tells nothing: Express 4, and Express 5 with a router before 2.3. Watches
 * `request.route` being set, because the base that belongs to it is gone after an error.
 *
 * @returns asks for the route once `status` is known
 */
export function observeRoute(request: RoutedRequest): (status: number) => string | undefined {
  let last: Sighting | undefined;
  let current = request.route;
  Object.defineProperty(request, 'route', {
    configurable: true,
    enumerable: true,
    get: () => current,
    set: (route: RouteLike | undefined) => {
      current = route;
      last = route === undefined ? undefined : { route, baseUrl: request.baseUrl ?? '', app: request.app };
    },
  });
  return (status) => {
    const hasGivenUp = status === 404 && request.next === undefined;
    return last === undefined || hasGivenUp ? undefined : sightingToRoute(last);
  };
}

function sightingToRoute({ route, baseUrl, app }: Sighting): string {
  const base = baseUrl === '' ? '' : (findBase(app, route, baseUrl) ?? `/${UNKNOWN_MOUNT}`);
  return patternToRoute(joinPatterns(base, route.path));
}

function findBase(app: AppLike | undefined, route: RouteLike, baseUrl: string): string | undefined {
  const root = app === undefined ? undefined : appRouter(app);
  if (app === undefined || root === undefined) {
    return undefined;
  }
  const mount = appMount(app);
  const inside = mount === undefined ? undefined : withoutSegments(baseUrl, mount);
  const found = inside === undefined ? undefined : findMounts(root, route, inside, 0);
  return found === undefined ? undefined : `${mount}${found}`;
}

/** The pattern under which a mounted application stands; undefined when it says nothing about the path's length. */
function appMount({ mountpath, parent }: AppLike): string | undefined {
  if (parent === undefined) {
    return '';
  }
  const above = appMount(parent);
  return above === undefined || typeof mountpath !== 'string' || /[*+?(){}]/.test(mountpath)
    ? undefined
    : joinPatterns(above, mountpath);
}

/** What of `path` is left inside a mount: both have as many segments. */
function withoutSegments(path: string, mount: string): string | undefined {
  const count = mount.split('/').length - 1;
  const segments = path.split('/');
  return segments.length <= count ? undefined : ['', ...segments.slice(count + 1)].join('/');
}

/** The patterns of the mounts that lead from `router` to the one that has `route`, taking exactly `path` off the URL. */
function findMounts(router: RouterLike, route: RouteLike, path: string, depth: number): string | undefined {
  if (path === '' && router.stack.some((layer) => layer.route === route)) {
    return '';
  }
  for (const layer of depth < MAX_DEPTH ? router.stack : []) {
    const match = isRouter(layer.handle) ? matchMount(layer, path === '' ? '/' : path) : undefined;
    if (match !== undefined && path.startsWith(match.taken)) {
      const inner = findMounts(layer.handle as RouterLike, route, path.slice(match.taken.length), depth + 1);
      if (inner !== undefined) {
        return match.pattern + inner;
      }
    }
  }
  return undefined;
}
