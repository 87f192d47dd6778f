import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

/** A user and group by number, as `child_process` and `chown` take them. */
export interface ServerIdentity {
  readonly uid: number;
  readonly gid: number;
}

/** "nobody" on Linux. PostgreSQL refuses to run as root; a number needs no system user of our own. */
const unprivileged: ServerIdentity = { uid: 65534, gid: 65534 };

/**
 * Who the PostgreSQL processes run as: uid and gid 65534 when this process is root, else nobody else
 * than this process (`undefined`).
 */
export function resolveServerIdentity(): ServerIdentity | undefined {
  return process.getuid?.() === 0 ? unprivileged : undefined;
}

/** Whether every folder from the root down to `path` may be entered by any user. */
function isReachableByAll(path: string): boolean {
  const isOpen = (statSync(path).mode & 0o001) !== 0;
  const parent = dirname(path);
  return isOpen && (parent === path || isReachableByAll(parent));
}

/**
 * The nearest ancestor of `path`, or `path` itself, that exists.
 */
function existingAncestor(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? existingAncestor(dirname(path)) : path;
}

/**
 * Throws when the server's user could not reach a folder, as below root's home (mode 0700).
 *
 * @param folder Absolute path; it need not exist.
 * @param identity From `resolveServerIdentity`.
 * @throws {Error} saying which user cannot reach what.
 */
export function assertReachable(folder: string, identity: ServerIdentity | undefined): void {
  const ancestor = realpathSync(existingAncestor(folder));
  const entered = ancestor === folder ? dirname(ancestor) : ancestor;
  if (identity !== undefined && !isReachableByAll(entered)) {
    throw new Error(
      `PostgreSQL runs as uid ${identity.uid} here and cannot reach ${folder}: ` +
        'choose a folder whose parents any user may enter, for example below /tmp',
    );
  }
}

/**
 * A folder for temporary files that the server's user can reach: the system's, unless that one is
 * private (root with TMPDIR below its home), then /tmp or /var/tmp.
 *
 * @throws {Error} when there is none.
 */
export function resolveTempFolder(identity: ServerIdentity | undefined): string {
  if (identity === undefined) {
    return realpathSync(tmpdir());
  }
  for (const candidate of [tmpdir(), '/tmp', '/var/tmp']) {
    try {
      accessSync(candidate, constants.W_OK);
      const folder = realpathSync(candidate);
      if (isReachableByAll(folder)) {
        return folder;
      }
    } catch {
      // It does not exist or is read-only: the next one.
    }
  }
  throw new Error(`no temporary folder that uid ${identity.uid} can reach: set TMPDIR to one`);
}
