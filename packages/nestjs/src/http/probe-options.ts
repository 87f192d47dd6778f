import { createDetailsPolicy, ObservabilityError } from '@pg-observability/core';
import type { ProbeDetailsOptions } from '@pg-observability/core';
import type { IncomingMessage } from 'node:http';

/** Paths of the probes, as they come in: a global prefix is not put before them. An empty list switches a probe off. */
export interface ProbeOptions extends ProbeDetailsOptions {
  /** Default `['/livez', '/health/live']`. */
  liveness?: readonly string[] | undefined;
  /** Default `['/readyz', '/health/ready']`. */
  readiness?: readonly string[] | undefined;
  /** Default `['/startupz', '/health/startup']`. */
  startup?: readonly string[] | undefined;
  /** Where your own groups of checks answer, each below it: `/healthz/deep`. Default `/healthz`; false for nowhere. */
  groups?: string | false | undefined;
}

/** The three probes, named like the methods of `HealthChecker`. */
export type ProbeName = 'liveness' | 'readiness' | 'startup';

/** {@link ProbeOptions} with the defaults filled in. */
export interface ResolvedProbes {
  readonly paths: ReadonlyMap<string, ProbeName>;
  /** What is put before the name of a group; undefined where groups do not answer. */
  readonly groupsBelow: string | undefined;
  readonly isShown: (request: IncomingMessage) => boolean;
}

const DEFAULT_GROUPS_BELOW = '/healthz';
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
    return {
      paths: probes ? resolvePaths({}) : new Map(),
      groupsBelow: probes ? DEFAULT_GROUPS_BELOW : undefined,
      isShown: () => false,
    };
  }
  if (typeof probes !== 'object' || probes === null || Array.isArray(probes)) {
    throw invalid('probes', probes, 'true, false or paths');
  }
  return {
    paths: resolvePaths(probes),
    groupsBelow: resolveGroupsBelow(probes.groups),
    isShown: createDetailsPolicy(probes, 'the probes of ObservabilityModule'),
  };
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

function resolveGroupsBelow(groups: unknown = DEFAULT_GROUPS_BELOW): string | undefined {
  if (groups === false) {
    return undefined;
  }
  if (!isPath(groups)) {
    throw invalid(
      'probes.groups',
      groups,
      "a path that begins with a slash, for example '/healthz', or false",
    );
  }
  return groups === '/' ? '' : withoutTrailingSlash(groups);
}

function isPath(path: unknown): path is string {
  return typeof path === 'string' && /^\/[^?#\s]*$/u.test(path);
}

function assertPaths(name: ProbeName, paths: unknown): readonly string[] {
  if (!Array.isArray(paths) || !paths.every(isPath)) {
    throw invalid(`probes.${name}`, paths, "a list of paths that begin with a slash, for example ['/livez']");
  }
  return paths;
}

function invalid(name: string, got: unknown, expected: string): ObservabilityError {
  const shown = (JSON.stringify(got) ?? typeof got).slice(0, 80);
  return new ObservabilityError(
    'INVALID_OPTION',
    `${name} of ObservabilityModule is ${shown}; expected ${expected}.`,
  );
}
