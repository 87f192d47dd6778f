import { excludeRequest, healthStatusToHttp, ObservabilityError } from '@pg-observability/core';
import type { HealthChecker, HealthStatus } from '@pg-observability/core';
import type { Request, RequestHandler, Response } from 'express';
import { sendJson } from './send-json.ts';

/** Options of `probes()`. */
export interface ProbeOptions {
  /** Path of each probe, below where the handler is mounted; false for none. Default `/livez`, `/readyz`, `/startupz`. */
  paths?:
    | {
        liveness?: string | false | undefined;
        readiness?: string | false | undefined;
        startup?: string | false | undefined;
      }
    | undefined;
  /**
   * Whether the answer tells each check with its message and duration. Default false, because probes are often reachable from
   * outside; a function decides per request, for example by a header.
   */
  showDetails?: boolean | ((request: Request) => boolean) | undefined;
}

type Probe = () => Promise<HealthStatus>;

/**
 * A handler that answers GET and HEAD for the probes and hands everything else on. Probes are left out of spans and metrics,
 * wherever they are mounted: they come every few seconds and tell nothing.
 */
export function createProbes(health: HealthChecker, options: ProbeOptions = {}): RequestHandler {
  const { showDetails = false } = options;
  if (typeof showDetails !== 'boolean' && typeof showDetails !== 'function') {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `showDetails of probes is a ${typeof showDetails}; expected true, false or a function of the request.`,
    );
  }
  const probes = probesByPath(health, options.paths);
  return (request, response, next) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const probe = isRead ? probes.get(withoutTrailingSlash(request.path)) : undefined;
    if (probe === undefined) {
      next();
      return;
    }
    excludeRequest(request);
    probe().then((status) => sendStatus(response, status, isShown(showDetails, request)), next);
  };
}

function probesByPath(health: HealthChecker, paths: ProbeOptions['paths'] = {}): ReadonlyMap<string, Probe> {
  const { liveness = '/livez', readiness = '/readyz', startup = '/startupz' } = paths;
  const entries: [string, string | false, Probe][] = [
    ['liveness', liveness, () => health.liveness()],
    ['readiness', readiness, () => health.readiness()],
    ['startup', startup, () => health.startup()],
  ];
  const probes = new Map<string, Probe>();
  for (const [name, path, probe] of entries) {
    if (path !== false) {
      assertPath(name, path);
      probes.set(withoutTrailingSlash(path), probe);
    }
  }
  return probes;
}

function assertPath(name: string, path: unknown): void {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `paths.${name} of probes is ${JSON.stringify(path) ?? 'undefined'}; expected a path that starts with a slash, for example '/livez', or false for none.`,
    );
  }
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function isShown(showDetails: NonNullable<ProbeOptions['showDetails']>, request: Request): boolean {
  try {
    return typeof showDetails === 'function' ? showDetails(request) === true : showDetails;
  } catch {
    return false;
  }
}

function sendStatus(response: Response, status: HealthStatus, showDetails: boolean): void {
  const { statusCode, body } = healthStatusToHttp(status, { showDetails: showDetails ? 'always' : 'never' });
  // A cached answer would keep a dead process in traffic.
  response.setHeader('cache-control', 'no-store');
  sendJson(response, statusCode, body);
}
