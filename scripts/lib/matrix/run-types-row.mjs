import { join } from 'node:path';
import { rootFolder } from '../root.mjs';
import { runTool } from '../tools.mjs';

const flags =
  '--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --experimentalDecorators --skipLibCheck';
const target = '--target es2023 --lib es2023,esnext.disposable --module nodenext --types node';
const typeRoots = join(rootFolder, 'node_modules', '@types');
const options = [...flags.split(' '), ...target.split(' '), '--typeRoots', typeRoots];

/** What a fixture's users write, by the package that they need for it. */
const files = {
  express: 'express.ts',
  '@nestjs/core': 'nest.ts',
  typeorm: 'typeorm.ts',
  '@opentelemetry/sdk-trace': 'opentelemetry.ts',
};

/**
 * Compiles what users write against the types of a fixture's versions.
 *
 * @param {string} folder Where the fixture is installed.
 * @param {Record<string, string>} pinned Its versions.
 */
export function runTypesRow(folder, pinned) {
  const own = Object.keys(files)
    // Express has its types in a package of its own.
    .filter((name) => name in pinned && (name !== 'express' || '@types/express' in pinned))
    .map((name) => join(folder, 'types', files[name]));
  return runTool('typescript', 'tsc', [...options, ...own]);
}
