import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository's root folder. */
export const rootFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The root package.json, parsed. */
export const rootManifest = JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8'));

/**
 * Ends the process with a clear message when this Node.js is older than the repository needs.
 * The scripts keep to syntax that old versions can parse, so that this message is what people see.
 */
export function assertNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isNewEnough = major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
  if (!isNewEnough) {
    console.error(
      `Node.js ${process.versions.node} is too old: this repository needs ${rootManifest.engines.node}.`,
    );
    process.exit(1);
  }
}
