import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { PostgresBinaries } from './postgres-binaries.ts';
import {
  hasCluster,
  readLogTail,
  resolvePassword,
  type ServerFolder,
  writeRunState,
} from './server-folder.ts';
import type { ServerIdentity } from './server-identity.ts';
import { hasEnded, spawnServerProgram } from './server-process.ts';

/**
 * Makes a new cluster with `initdb`, unless the folder has one: superuser `postgres`, a random
 * password, UTF-8, the C locale (the same order of text on every machine).
 *
 * @throws {Error} with initdb's output when it fails.
 */
export async function ensureCluster(
  binaries: PostgresBinaries,
  folder: ServerFolder,
  identity: ServerIdentity | undefined,
): Promise<void> {
  if (hasCluster(folder)) {
    return;
  }
  // What an interrupted initdb has left would make it refuse.
  rmSync(folder.cluster, { recursive: true, force: true });
  resolvePassword(folder, identity);
  const args = ['-D', folder.cluster, '-U', 'postgres', '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C'];
  const durability = folder.isTemporary ? ['--no-sync'] : [];
  const initdb = spawnServerProgram(
    binaries.initdb,
    [...args, `--pwfile=${folder.passwordFile}`, ...durability],
    folder,
    identity,
  );
  if (initdb.pid !== undefined) {
    writeRunState(folder, { ownerPid: process.pid, serverPid: initdb.pid });
  }
  initdb.ref();
  await once(initdb, 'exit').catch(() => undefined);
  if (!hasEnded(initdb) || initdb.exitCode !== 0) {
    throw new Error(`initdb failed in ${folder.path}:\n${readLogTail(folder)}`);
  }
}
