import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { startPostgres } from '../src/postgres/index.ts';

describe('startPostgres', () => {
  it('starts PostgreSQL 18 and leaves nothing when it is stopped', async () => {
    const server = await startPostgres({ isDurable: false });

    const client = new Client({ connectionString: server.url });
    await client.connect();
    const { rows } = await client.query('select current_setting($1)::int / 10000 as major', ['server_version_num']);
    await client.end();
    await server.stop();

    expect(rows).toEqual([{ major: 18 }]);
    expect(existsSync(server.dataDir)).toBe(false);
  });
});
