import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { assertReachable, resolveTempFolder, type ServerIdentity } from './server-identity.ts';

/** Everything one server keeps, in one folder. */
export interface ServerFolder {
  /** Absolute path. */
  readonly path: string;
  /** Whether the folder is ours to remove. */
  readonly isTemporary: boolean;
  /** PostgreSQL's own data folder (PGDATA). */
  readonly cluster: string;
  /** What the server writes to its log. */
  readonly logFile: string;
  /** File with the superuser's password, made with the cluster. */
  readonly passwordFile: string;
}

function giveTo(path: string, identity: ServerIdentity | undefined, mode: number): void {
  chmodSync(path, mode);
  if (identity !== undefined) {
    chownSync(path, identity.uid, identity.gid);
  }
}

/**
 * Makes the folder a server lives in: the one given, or a temporary one.
 *
 * @throws {Error} when the server's user could not reach the folder.
 */
export function prepareServerFolder(
  dataDir: string | undefined,
  logFile: string | undefined,
  identity: ServerIdentity | undefined,
): ServerFolder {
  let path: string;
  if (dataDir === undefined) {
    path = mkdtempSync(join(resolveTempFolder(identity), 'pg-observability-'));
  } else {
    assertReachable(dataDir, identity);
    mkdirSync(dataDir, { recursive: true });
    path = realpathSync(dataDir);
  }
  giveTo(path, identity, 0o700);
  return {
    path,
    isTemporary: dataDir === undefined,
    cluster: join(path, 'cluster'),
    logFile: logFile ?? join(path, 'server.log'),
    passwordFile: join(path, 'password'),
  };
}

/** Whether the folder already has a complete cluster. */
export function hasCluster(folder: ServerFolder): boolean {
  return existsSync(join(folder.cluster, 'global', 'pg_control')) && existsSync(folder.passwordFile);
}

/** The superuser's password: made up the first time, read afterwards. */
export function resolvePassword(folder: ServerFolder, identity: ServerIdentity | undefined): string {
  if (!existsSync(folder.passwordFile)) {
    writeFileSync(folder.passwordFile, randomBytes(16).toString('hex'), { mode: 0o600 });
    giveTo(folder.passwordFile, identity, 0o600);
  }
  return readFileSync(folder.passwordFile, 'utf8');
}

interface RunState {
  readonly ownerPid: number;
  readonly serverPid: number;
}

/** Notes which process started which, for the guard and for the next start on the same folder. */
export function writeRunState(folder: ServerFolder, state: RunState): void {
  writeFileSync(join(folder.path, 'run.json'), JSON.stringify(state));
}

/** What the last start noted, unless there was none or it cannot be read. */
export function readRunState(folder: ServerFolder): RunState | undefined {
  try {
    return JSON.parse(readFileSync(join(folder.path, 'run.json'), 'utf8')) as RunState;
  } catch {
    return undefined;
  }
}

/** Forgets what `writeRunState` noted, after an orderly stop. */
export function clearRunState(folder: ServerFolder): void {
  rmSync(join(folder.path, 'run.json'), { force: true });
}

/** How long the server's log is now, in characters: where the output of the next start begins. */
export function logLength(folder: ServerFolder): number {
  return existsSync(folder.logFile) ? readFileSync(folder.logFile, 'utf8').length : 0;
}

/** The last lines of the server's log, for error messages. */
export function readLogTail(folder: ServerFolder, since = 0, lineCount = 15): string {
  return existsSync(folder.logFile)
    ? readFileSync(folder.logFile, 'utf8').slice(since).trimEnd().split('\n').slice(-lineCount).join('\n')
    : '';
}
