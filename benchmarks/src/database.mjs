import pg from 'pg';
import { createDatabase, startPostgres } from '../../packages/testkit/dist/postgres/index.js';

/**
 * Runs `work` with a real PostgreSQL 18 that waits for the disk at each commit, and stops it.
 *
 * @param {(database: { url: string, client: pg.Client, create: () => Promise<string> }) => Promise<unknown>} work gets the URL
 *   of an empty database, a client connected to it, and a function that makes another one.
 * @param {{ isDurable?: boolean, settings?: Record<string, string> }} [options]
 */
export async function withDatabase(work, options = {}) {
  const server = await startPostgres({ major: 18, ...options });
  const create = async () => (await createDatabase(server.url)).url;
  const url = await create();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work({ url, client, create });
  } finally {
    await client.end();
    await server.stop();
  }
}

/** The first column of the first row. */
export async function selectNumber(client, text, values) {
  const { rows } = await client.query(text, values);
  return Number(Object.values(rows[0])[0]);
}
