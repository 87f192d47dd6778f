import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Client } from 'pg';
import { type Backend, connectBackend } from './backend.ts';
import { type BackendPool, PooledClient } from './pooled-client.ts';

// What a server reports by itself, and drivers rely on.
const REPORTED = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'DateStyle',
  'TimeZone',
  'integer_datetimes',
  'standard_conforming_strings',
];

/** A pooler in transaction mode at its strictest. Made by `startPoolingProxy`. */
export class PoolingProxy implements BackendPool {
  /** How many transactions went to another backend than the one before of the same client. */
  switches = 0;
  readonly #serverUrl: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #idle = new Map<string, Backend[]>();
  readonly #all = new Set<Backend>();
  readonly #settings = new Map<string, Promise<ReadonlyMap<string, string>>>();

  /** @internal */
  constructor(serverUrl: string) {
    this.#serverUrl = serverUrl;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      void new PooledClient(socket, this);
    });
  }

  /** The same URL as `base`, through the proxy. */
  url(base: string): string {
    const url = new URL(base);
    const address = this.#server.address();
    url.host = `127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
    return url.href;
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    this.#sockets.forEach((socket) => socket.destroy());
    this.#all.forEach((backend) => backend.close());
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @internal */
  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** @internal */
  async take(database: string, last: Backend | undefined): Promise<Backend> {
    const idle = (this.#idle.get(database) ?? []).filter(({ isOpen }) => isOpen);
    const other = idle.find((backend) => backend !== last);
    this.#idle.set(
      database,
      idle.filter((backend) => backend !== other),
    );
    const backend = other ?? (await connectBackend(this.#urlOf(database)));
    this.#all.add(backend);
    this.switches += last === undefined ? 0 : 1;
    return backend;
  }

  /** @internal */
  give(database: string, backend: Backend, isClean: boolean): void {
    if (isClean && backend.isOpen) {
      this.#idle.set(database, [...(this.#idle.get(database) ?? []), backend]);
    } else {
      backend.close();
      this.#all.delete(backend);
    }
  }

  /** @internal */
  settings(database: string): Promise<ReadonlyMap<string, string>> {
    const known = this.#settings.get(database) ?? this.#readSettings(database);
    this.#settings.set(database, known);
    return known;
  }

  async #readSettings(database: string): Promise<ReadonlyMap<string, string>> {
    const client = new Client({ connectionString: this.#urlOf(database) });
    await client.connect();
    const { rows } = await client.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1::text[])',
      [REPORTED],
    );
    await client.end();
    return new Map(rows.map(({ name, setting }) => [name, setting]));
  }

  #urlOf(database: string): string {
    const url = new URL(this.#serverUrl);
    url.pathname = `/${encodeURIComponent(database)}`;
    return url.href;
  }
}

/**
 * Starts a proxy on a free port of 127.0.0.1 that does what PgBouncer does in transaction mode, at its strictest: each
 * transaction of a client, and each statement outside of one, gets another backend than the one before, and parameters at the
 * start of a connection that a pooler does not know (`options`, `statement_timeout` …) are refused. Passwords are not asked
 * for; it is for tests.
 *
 * @param serverUrl URL of any database of the server; clients say which one they want.
 *
 * @example
 * const proxy = await startPoolingProxy(server.url);
 * const store = postgresStore(proxy.url(database.url));
 */
export async function startPoolingProxy(serverUrl: string): Promise<PoolingProxy> {
  const proxy = new PoolingProxy(serverUrl);
  await proxy.listen();
  return proxy;
}
