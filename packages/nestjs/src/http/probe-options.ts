import { ObservabilityError } from '@pg-observability/core';
import type { IncomingMessage } from 'node:http';

/** Paths of the probes, as they come in: a global prefix is not put before them. An empty list switches a probe off. */
export interface ProbeOptions {
  /** Default `['/livez', '/health/live']`. */
  liveness?: readonly string[] | undefined;
  /** Default `['/readyz', '/health/ready']`. */
  readiness?: readonly string[] | undefined;
  /** Default `['/startupz', '/health/startup']`. */
  startup?: readonly string[] | undefined;
  /**
   * Whether the answer tells each check with its message and duration. Default false, because probes are often reachable from
   * outside; a function decides per request, for example by a header.
   */
  showDetails?: boolean | ((request: IncomingMessage) => boolean) | undefined;
}

/** The three probes, named like the methods of `HealthChecker`. */
export type ProbeName = 'liveness' | 'readiness' | 'startup';

/** {@link ProbeOptions} with the defaults filled in. */
export interface ResolvedProbes {
  readonly paths: ReadonlyMap<string, ProbeName>;
  readonly showDetails: boolean | ((request: IncomingMessage) => boolean);
}

const DEFAULT_PATHS: Readonly<Record<ProbeName, readonly string[]>> = {
  liveness: ['/livez', '/health/live'],
  readiness: ['/readyz', '/health/ready'],
  startup: ['/startupz', '/health/startup'],
};

/**
 * Checks the options of the probes and fills the defaults in.
 * @param probes false for no probes at all
 * @throws `INVALID_OPTION`
 */
export function resolveProbes(probes: ProbeOptions | boolean = true): ResolvedProbes {
  if (typeof probes === 'boolean') {
    return { paths: probes ? resolvePaths({}) : new Map(), showDetails: false };
  }
  if (typeof probes !== 'object' || probes === null || Array.isArray(probes)) {
    throw invalid('probes', probes, 'true, false or paths');
  }
  const { showDetails = false } = probes;
  if (typeof showDetails !== 'boolean' && typeof showDetails !== 'function') {
    throw invalid('probes.showDetails', showDetails, 'true, false or a function of the request');
  }
  return { paths: resolvePaths(probes), showDetails };
}

/** `/livez/` is the same probe as `/livez`. */
export function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function resolvePaths(options: ProbeOptions): ReadonlyMap<string, ProbeName> {
  const paths = new Map<string, ProbeName>();
  for (const name of Object.keys(DEFAULT_PATHS) as ProbeName[]) {
    for (const path of assertPaths(name, options[name] ?? DEFAULT_PATHS[name]).map(withoutTrailingSlash)) {
      const other = paths.get(path);
      if (other !== undefined) {
        throw invalid(`probes.${name}`, path, `a path that is not that of ${other} as well`);
      }
      paths.set(path, name);
    }
  }
  return paths;
}

function assertPaths(name: ProbeName, paths: unknown): readonly string[] {
  const isPath = (path: unknown): boolean => typeof path === 'string' && /^\/[^?#\s]*$/u.test(path);
  if (!Array.isArray(paths) || !paths.every(isPath)) {
    throw invalid(`probes.${name}`, paths, "a list of paths that begin with a slash, for example ['/livez']");
  }
  return paths as string[];
}

function invalid(name: string, got: unknown, expected: string): ObservabilityError {
  const shown = (JSON.stringify(got) ?? typeof got).slice(0, 80);
  return new ObservabilityError(
    'INVALID_OPTION',
    `${name} of ObservabilityModule is ${shown}; expected ${expected}.`,
  );
}
