import type { IncomingMessage, ServerResponse } from 'node:http';
import { ObservabilityError } from '../errors/observability-error.ts';
import { healthStatusToHttp } from '../health/health-status-to-http.ts';
import type { HealthChecker } from '../health/health-checker.ts';
import type { HealthStatus } from '../health/health-status.ts';
import { createDetailsPolicy } from './details-policy.ts';
import type { ProbeDetailsOptions } from './details-policy.ts';
import { excludeRequest } from './request-state.ts';

/** Options of {@link createProbeHandler}. */
export interface ProbeHandlerOptions extends ProbeDetailsOptions {
  /** Path of each probe; false for none. Default `/livez`, `/readyz`, `/startupz`. */
  paths?:
    | {
        liveness?: string | false | undefined;
        readiness?: string | false | undefined;
        startup?: string | false | undefined;
        /** Where groups of your own answer, each below it: `/healthz/deep`. Default `/healthz`. */
        groups?: string | false | undefined;
      }
    | undefined;
}

/** A listener of `node:http`, or middleware where there is a `next`. */
export type ProbeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

type Probe = () => Promise<HealthStatus>;

/**
 * Answers GET and HEAD for the probes of a process that has no framework, such as a worker, and for its own groups of checks at
 * `/healthz/<group>`. Anything else goes to `next`, or is answered with 404 where there is none. Probes are left out of spans and metrics.
 *
 * @param health `observability.health`
 * @param options `paths`; `showDetails`, `authorize` and `secret` say who sees what each check says: nobody by default
 * @throws `INVALID_OPTION`
 * @example `createServer(createProbeHandler(observability.health)).listen(9000);`
 */
export function createProbeHandler(health: HealthChecker, options: ProbeHandlerOptions = {}): ProbeHandler {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('options', options, 'an object');
  }
  const isShown = createDetailsPolicy(options, 'the probes');
  const probes = probesByPath(health, options.paths);
  return (request, response, next) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const probe = isRead ? probes.get(requestPath(request)) : undefined;
    if (probe === undefined) {
      const passOn = next ?? (() => response.writeHead(404).end());
      passOn();
      return;
    }
    excludeRequest(request);
    const fail = next ?? (() => response.writeHead(503).end());
    probe().then((status) => sendStatus(response, status, isShown(request)), fail);
  };
}

function probesByPath(
  health: HealthChecker,
  paths: ProbeHandlerOptions['paths'] = {},
): ReadonlyMap<string, Probe> {
  const { liveness = '/livez', readiness = '/readyz', startup = '/startupz', groups = '/healthz' } = paths;
  const entries: [string, string | false, Probe][] = [
    ['liveness', liveness, () => health.liveness()],
    ['readiness', readiness, () => health.readiness()],
    ['startup', startup, () => health.startup()],
  ];
  const probes = new Map<string, Probe>();
  for (const [name, path, probe] of entries) {
    if (path !== false) {
      probes.set(assertPath(name, path), probe);
    }
  }
  if (groups !== false) {
    addGroups(probes, health, assertPath('groups', groups));
  }
  return probes;
}

function addGroups(probes: Map<string, Probe>, health: HealthChecker, below: string): void {
  for (const name of health.groupNames) {
    const path = `${below === '/' ? '' : below}/${name}`;
    if (probes.has(path)) {
      throw invalidOption('paths', path, `one path for one probe; the group ${name} would answer there, too`);
    }
    probes.set(path, () => health.group(name));
  }
}

function assertPath(name: string, path: unknown): string {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw invalidOption(
      `paths.${name}`,
      path,
      "a path that starts with a slash, for example '/livez', or false",
    );
  }
  return withoutTrailingSlash(path);
}

function requestPath({ url = '/' }: IncomingMessage): string {
  const queryAt = url.indexOf('?');
  return withoutTrailingSlash(queryAt === -1 ? url : url.slice(0, queryAt));
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function sendStatus(response: ServerResponse, status: HealthStatus, showDetails: boolean): void {
  const { statusCode, body } = healthStatusToHttp(status, { showDetails: showDetails ? 'always' : 'never' });
  const text = JSON.stringify(body);
  response.writeHead(statusCode, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    // A cached answer would keep a dead process in traffic.
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}

function invalidOption(name: string, got: unknown, expected: string): ObservabilityError {
  const shown = (JSON.stringify(got) ?? typeof got).slice(0, 80);
  return new ObservabilityError('INVALID_OPTION', `${name} of the probes is ${shown}; expected ${expected}.`);
}
