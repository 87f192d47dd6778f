import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { rootFolder } from './root.mjs';

/** Folders below `packages` and `apps` that have a package.json, relative to the root, with `/`. */
export function projectFolders() {
  return ['packages', 'apps'].flatMap((parent) =>
    (existsSync(join(rootFolder, parent)) ? readdirSync(join(rootFolder, parent)) : [])
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(join(rootFolder, folder, 'package.json')))
      .sort(),
  );
}
