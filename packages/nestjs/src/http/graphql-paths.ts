import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';

// Nest's own names, in a package that need not be installed.
const GRAPHQL_OPTIONS = 'GqlModuleOptions';
const DEFAULT_PATH = '/graphql';

/**
 * The paths at which `GraphQLModule` answers. On Express its driver for Apollo is middleware, and so Express knows no route of
 * them; they are constants, and as good as one.
 */
export function graphqlPaths(modules: ModulesContainer, config: ApplicationConfig): ReadonlySet<string> {
  const prefix = withSlash(config.getGlobalPrefix());
  const all = [...modules.values()].flatMap(({ providers }) => {
    const options: unknown = providers.get(GRAPHQL_OPTIONS)?.instance;
    if (typeof options !== 'object' || options === null) {
      return [];
    }
    const { path, useGlobalPrefix } = options as { path?: unknown; useGlobalPrefix?: unknown };
    const own = withSlash(typeof path === 'string' ? path : DEFAULT_PATH);
    return [useGlobalPrefix === true ? prefix + own : own];
  });
  return new Set(all);
}

/** The path of a URL without its query and without a slash at its end. */
export function pathOfUrl(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function withSlash(path: string | undefined): string {
  const bare = (path ?? '').replace(/^\/+|\/+$/gu, '');
  return bare === '' ? '' : `/${bare}`;
}
