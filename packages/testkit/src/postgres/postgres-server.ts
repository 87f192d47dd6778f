import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { PostgresMajor } from './postgres-major.ts';
import {
  clearRunState,
  logLength,
  readLogTail,
  resolvePassword,
  type ServerFolder,
  writeRunState,
} from './server-folder.ts';
import type { ServerIdentity } from './server-identity.ts';
import {
  endProgram,
  findFreePort,
  spawnServerProgram,
  type StopMode,
  waitUntilReady,
} from './server-process.ts';

/** What `startPostgres` has resolved before the first start. */
export interface PostgresServerParts {
  readonly major: PostgresMajor;
  readonly binaries: PostgresBinaries;
  readonly folder: ServerFolder;
  readonly identity: ServerIdentity | undefined;
  /** The port asked for, or undefined for any free one. */
  readonly port: number | undefined;
  readonly settings: Readonly<Record<string, string>>;
  /** Ends the guard; called once, after the last stop. */
  readonly release: () => Promise<void>;
}

/** Tries to bind once more, elsewhere, when another process was faster; processes of a killed server are waited for. */
const maxAttempts = 40;
const retryIntervalMs = 50;

/** A PostgreSQL server that this process has started. Made by `startPostgres`. */
export class PostgresServer {
  readonly #parts: PostgresServerParts;
  #port: number;
  #child: ChildProcess | undefined;
  #isReleased = false;

  /** @internal */
  constructor(parts: PostgresServerParts) {
    this.#parts = parts;
    this.#port = parts.port ?? 0;
  }

  /** The PostgreSQL major that runs. */
  get major(): PostgresMajor {
    return this.#parts.major;
  }

  /** The port on 127.0.0.1; it stays the same over `restart`. */
  get port(): number {
    return this.#port;
  }

  /** The server's folder: the cluster, its log and its password. */
  get dataDir(): string {
    return this.#parts.folder.path;
  }

  /** File with the server's log. */
  get logFile(): string {
    return this.#parts.folder.logFile;
  }

  /** Connection URL of the superuser for the database `postgres`, with its password. */
  get url(): string {
    const password = resolvePassword(this.#parts.folder, this.#parts.identity);
    return `postgres://postgres:${password}@127.0.0.1:${this.#port}/postgres`;
  }

  /**
   * Starts the server again after `halt` or `kill9`, on the same port with the same data; resolves when
   * it answers queries.
   *
   * @throws {Error} when the port is taken or the server does not start, with the end of its log.
   */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const isPortOpen = this.#port === 0;
      if (isPortOpen) {
        this.#port = await findFreePort();
      }
      const logStart = logLength(this.#parts.folder);
      if (await waitUntilReady(this.#spawn(), this.url)) {
        return;
      }
      const log = readLogTail(this.#parts.folder, logStart);
      const isStillInUse = /pre-existing shared memory block/.test(log);
      const isPortTaken = /could not bind|could not create any TCP\/IP sockets/.test(log);
      if (attempt === maxAttempts || !(isStillInUse || (isPortTaken && isPortOpen))) {
        throw new Error(
          isPortTaken
            ? `port ${this.#port} of 127.0.0.1 is taken: choose another one, or leave it out`
            : `PostgreSQL ${this.major} did not start in ${this.dataDir}:\n${log}`,
        );
      }
      this.#port = isPortOpen ? 0 : this.#port;
      await delay(retryIntervalMs);
    }
  }

  #spawn(): ChildProcess {
    const { binaries, folder, identity, settings } = this.#parts;
    const fixed = { listen_addresses: '127.0.0.1', port: String(this.#port), unix_socket_directories: '' };
    const options = Object.entries({ ...settings, ...fixed }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const child = spawnServerProgram(binaries.postgres, ['-D', folder.cluster, ...options], folder, identity);
    if (child.pid !== undefined) {
      writeRunState(folder, { ownerPid: process.pid, serverPid: child.pid });
    }
    this.#child = child;
    return child;
  }

  /**
   * Stops the server and keeps its data, so that `start` can follow.
   *
   * @param mode `fast` (default) ends connections and writes everything; `immediate` is a crash that the
   *   next start recovers from; `kill` is kill -9 of the main process.
   */
  async halt(mode: StopMode = 'fast'): Promise<void> {
    if (this.#child !== undefined) {
      await endProgram(this.#child, mode);
      this.#child = undefined;
    }
  }

  /** Kills the server's main process with SIGKILL; its data stay, and `start` recovers them. */
  async kill9(): Promise<void> {
    await this.halt('kill');
  }

  /** Stops the server (`fast` unless told otherwise) and starts it again on the same port. */
  async restart(mode: StopMode = 'fast'): Promise<void> {
    await this.halt(mode);
    await this.start();
  }

  /**
   * Stops the server for good and removes its folder, unless `dataDir` was given. May be called again.
   */
  async stop(mode: StopMode = 'fast'): Promise<void> {
    await this.halt(mode);
    if (!this.#isReleased) {
      this.#isReleased = true;
      await this.#parts.release();
      clearRunState(this.#parts.folder);
    }
  }

  /** The same as `stop()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
