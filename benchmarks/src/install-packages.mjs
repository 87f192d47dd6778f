import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..');

/**
 * Puts the packages as they are built into node_modules, as npm would: so they find the peers' versions that are pinned here,
 * and one copy of Nest.
 */
export function installPackages() {
  for (const name of ['core', 'express', 'nestjs']) {
    const target = join(folder, 'node_modules', '@pg-observability', name);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    for (const part of ['package.json', 'dist']) {
      cpSync(join(folder, '..', 'packages', name, part), join(target, part), { recursive: true });
    }
  }
}
