import type { IncomingMessage } from 'node:http';
import { ObservabilityError } from '../errors/observability-error.ts';

/** A path, with `*` at the end for everything below it, or a regular expression over the path. */
export type PathPattern = string | RegExp;

/**
 * Builds the test for excluded requests.
 * @throws `INVALID_OPTION` when it is neither a list of text and regular expressions nor a function
 */
export function createPathFilter(
  exclude: readonly PathPattern[] | ((request: IncomingMessage) => boolean) | undefined,
): (request: IncomingMessage, path: string) => boolean {
  if (exclude === undefined) {
    return () => false;
  }
  if (typeof exclude === 'function') {
    return (request) => {
      try {
        return exclude(request) === true;
      } catch {
        return false;
      }
    };
  }
  if (
    !Array.isArray(exclude) ||
    !exclude.every((each) => typeof each === 'string' || each instanceof RegExp)
  ) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      "exclude must be a list of paths and regular expressions, or a function of the request, for example ['/health', '/assets/*', /^\\/internal/].",
    );
  }
  const tests = (exclude as readonly PathPattern[]).map(toTest);
  return (_request, path) => tests.some((matches) => matches(path));
}

function toTest(pattern: PathPattern): (path: string) => boolean {
  if (pattern instanceof RegExp) {
    // A copy without `g` and `y`: those remember where they stopped, and every second request would be missed.
    const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    return (path) => stateless.test(path);
  }
  if (pattern.endsWith('*')) {
    const prefix = pattern.slice(0, -1);
    return (path) => path.startsWith(prefix);
  }
  return (path) => path === pattern;
}
