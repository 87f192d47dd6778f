import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../src/postgres/index.ts';
import { resolveServerIdentity, resolveTempFolder } from '../src/postgres/server-identity.ts';

async function queryRows(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(text);
    return rows;
  } finally {
    await client.end();
  }
}

const identity = resolveServerIdentity();

describe('a server in a temporary folder', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ isDurable: false });
  });

  afterAll(async () => {
    await server.stop();
  });

  it('is PostgreSQL 18, listens on the loopback address only and asks for a password', async () => {
    const rows = await queryRows(
      server.url,
      `select current_setting('server_version_num')::int / 10000 as major,
              current_setting('listen_addresses') as addresses,
              current_setting('unix_socket_directories') as sockets`,
    );
    const withoutPassword = server.url.replace(/:[^:@/]+@/, ':wrong@');

    expect(rows).toEqual([{ major: 18, addresses: '127.0.0.1', sockets: '' }]);
    await expect(queryRows(withoutPassword, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('keeps committed rows and its URL over kill -9, an immediate stop and a restart', async () => {
    const { url } = server;
    await queryRows(url, 'create table kept (id int)');

    await queryRows(url, 'insert into kept values (1)');
    await server.kill9();
    await expect(queryRows(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.start();
    await queryRows(url, 'insert into kept values (2)');
    await server.restart('immediate');
    await queryRows(url, 'insert into kept values (3)');
    await server.restart();

    expect(server.url).toBe(url);
    expect(await queryRows(url, 'select id from kept order by id')).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 3 },
    ]);
  });

  it('leaves no process and no folder when it is stopped, and may be stopped twice', async () => {
    const other = await startPostgres({ isDurable: false });
    const { serverPid } = JSON.parse(readFileSync(join(other.dataDir, 'run.json'), 'utf8')) as {
      serverPid: number;
    };

    await other.stop();
    await other.stop();

    expect(existsSync(other.dataDir)).toBe(false);
    expect(() => process.kill(serverPid, 0)).toThrow('ESRCH');
  });
});

describe('a server with a folder and a port of its own', () => {
  const parent = mkdtempSync(join(resolveTempFolder(identity), 'pg-observability-test-'));

  beforeAll(() => {
    // mkdtemp makes it private to us, and root's server runs as somebody else.
    chmodSync(parent, 0o755);
  });

  afterAll(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  it('finds its data again after a stop, with the same password', async () => {
    const dataDir = join(parent, 'kept');

    const first = await startPostgres({ dataDir });
    await queryRows(first.url, 'create table kept as select 7 as id');
    await first.stop();
    const second = await startPostgres({ dataDir, port: first.port });
    const rows = await queryRows(first.url, 'select id from kept');
    await second.stop();

    expect(rows).toEqual([{ id: 7 }]);
  });

  it('says which port is taken', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const { port } = occupant.address() as { port: number };

    const attempt = startPostgres({ port, isDurable: false });

    await expect(attempt).rejects.toThrow(String(port));
    occupant.close();
  });

  it('refuses a folder that another running server uses', async () => {
    const dataDir = join(parent, 'busy');
    const server = await startPostgres({ dataDir, isDurable: false });

    const attempt = startPostgres({ dataDir });

    await expect(attempt).rejects.toThrow(dataDir);
    expect(await queryRows(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
  });
});
