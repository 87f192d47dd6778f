import { ensureCluster } from './create-cluster.ts';
import { preparePostgresBinaries } from './postgres-binaries.ts';
import type { PostgresMajor } from './postgres-major.ts';
import { PostgresServer } from './postgres-server.ts';
import { prepareServerFolder, readRunState, type ServerFolder } from './server-folder.ts';
import { guardServer, isServerRunning, stopLeftover } from './server-guard.ts';
import { resolveServerIdentity } from './server-identity.ts';

/** Options of `startPostgres`; all are optional. */
export interface StartPostgresOptions {
  /** 15, 16, 17 or 18; default 18. */
  readonly major?: PostgresMajor | undefined;
  /**
   * Folder to keep the data in, made if missing and kept afterwards; default a temporary folder that goes
   * with the server. Run by root, its parents must be open to uid 65534.
   */
  readonly dataDir?: string | undefined;
  /** Port on 127.0.0.1; default any free one. */
  readonly port?: number | undefined;
  /** File that gets the server's log; default `server.log` in the server's folder. */
  readonly log?: string | undefined;
  /**
   * Whether commits survive a power failure (default true). False is for tests: it only skips waiting for
   * the disk, so a killed server still recovers everything.
   */
  readonly isDurable?: boolean | undefined;
  /** Further server settings, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

/** UTC, as a container image has it; room for test suites that open many pools. */
const commonSettings = { timezone: 'UTC', log_timezone: 'UTC', max_connections: '200' };
const fastSettings = { fsync: 'off', full_page_writes: 'off' };

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Stops what a process that has died left running in the folder; throws when its owner lives. */
async function assertFolderFree(folder: ServerFolder): Promise<void> {
  const state = readRunState(folder);
  if (state === undefined) {
    return;
  }
  if (!isProcessAlive(state.ownerPid)) {
    await stopLeftover(folder.path, state.ownerPid);
  } else if (await isServerRunning(folder.path, state.ownerPid)) {
    throw new Error(
      `process ${state.ownerPid} runs a PostgreSQL in ${folder.path}: stop it first, or choose another folder`,
    );
  }
}

/**
 * Starts a real PostgreSQL from npm packages on 127.0.0.1 and resolves when it answers queries. Needs no
 * Docker, no installation and no root; run by root, the server runs as uid 65534.
 *
 * Nothing stays behind: when this process ends without `stop`, by any signal, kill -9 included, the
 * server is stopped and a temporary folder is removed. It does not keep this process alive either.
 *
 * @param options Major, data folder, port and settings.
 * @returns the running server: `url`, `port`, `dataDir`, `major`, and `stop()`.
 * @throws {Error} when the major is not installed, the port is taken or the folder is in use.
 *
 * @example
 * await using server = await startPostgres({ major: 18, isDurable: false });
 * const client = new Client(server.url);
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
  const identity = resolveServerIdentity();
  const major = options.major ?? 18;
  const binaries = preparePostgresBinaries(major, identity);
  const folder = prepareServerFolder(options.dataDir, options.log, identity);
  await assertFolderFree(folder);
  const release = guardServer(folder.path, folder.isTemporary);
  const durability = options.isDurable === false ? fastSettings : {};
  const settings = { ...commonSettings, ...durability, ...options.settings };
  const server = new PostgresServer({
    major,
    binaries,
    folder,
    identity,
    port: options.port,
    settings,
    release,
  });
  try {
    await ensureCluster(binaries, folder, identity);
    await server.start();
    return server;
  } catch (error) {
    await server.stop('immediate');
    throw error;
  }
}
