import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository's root folder. */
export const rootFolder = fileURLToPath(new URL('../../', import.meta.url));

/** Loads a package as one of the workspace's packages sees it. */
export function requireFrom(packageName, name) {
  return createRequire(new URL(`../../packages/${packageName}/package.json`, import.meta.url))(name);
}
