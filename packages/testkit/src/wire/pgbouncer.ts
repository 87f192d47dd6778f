import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A running PgBouncer in transaction mode. */
export interface PgBouncer {
  /** The same URL as `base`, through it. */
  url(base: string): string;
  close(): Promise<void>;
}

const ATTEMPTS = 100;
const ATTEMPT_INTERVAL_MS = 50;

/** Where the program is; undefined where PgBouncer is not installed. */
export function findPgBouncer(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, 'pgbouncer')).find(isProgram);
}

/**
 * Starts PgBouncer in transaction mode before a server, as it is installed: no parameter of its defaults is loosened.
 *
 * @param serverUrl URL of any database of the server.
 * @throws {Error} when it is not installed, or does not start.
 */
export async function startPgBouncer(serverUrl: string): Promise<PgBouncer> {
  const program = findPgBouncer();
  if (program === undefined) {
    throw new Error('PgBouncer is not installed: apt-get install pgbouncer');
  }
  const folder = mkdtempSync(join(tmpdir(), 'pg-observability-pgbouncer-'));
  chmodSync(folder, 0o755);
  const port = await findFreePort();
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(file, toSettings(new URL(serverUrl), port), { mode: 0o644 });
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(program, [...user, '-q', file], { stdio: 'ignore' });
  await untilListening(child, port);
  return {
    url: (base) => {
      const url = new URL(base);
      url.host = `127.0.0.1:${port}`;
      return url.href;
    },
    close: async () => {
      if (child.exitCode === null) {
        child.kill('SIGINT');
        setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function toSettings(server: URL, port: number): string {
  return [
    '[databases]',
    `* = host=${server.hostname} port=${server.port} user=${server.username} password=${server.password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'max_client_conn = 200',
    '',
  ].join('\n');
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS && child.exitCode === null; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) {
      return;
    }
    await delay(ATTEMPT_INTERVAL_MS);
  }
  child.kill('SIGKILL');
  throw new Error(`PgBouncer does not listen on port ${port} (exit code ${child.exitCode})`);
}
