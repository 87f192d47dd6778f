import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { createDatabase, postgresMajorsUnderTest, testDatabase, testServerUrl } from '../src/index.ts';

async function queryAll(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(text);
    return rows;
  } finally {
    await client.end();
  }
}

describe('testDatabase', () => {
  it('gives every caller an empty database of its own', async () => {
    const [first, second] = await Promise.all([testDatabase(), testDatabase()]);

    await queryAll(first.url, 'create table only_here (id int)');
    const tablesOf = (url: string): Promise<unknown[]> =>
      queryAll(url, "select tablename from pg_tables where schemaname = 'public'");

    expect(await tablesOf(first.url)).toEqual([{ tablename: 'only_here' }]);
    expect(await tablesOf(second.url)).toEqual([]);
  });

  it.each(postgresMajorsUnderTest())('runs on the major it is asked for: %i', async (major) => {
    const database = await testDatabase({ major });

    const rows = await queryAll(
      database.url,
      "select current_setting('server_version_num')::int / 10000 as major",
    );

    expect(rows).toEqual([{ major }]);
  });

  it('drops a database that somebody is still connected to', async () => {
    const serverUrl = await testServerUrl();
    const database = await createDatabase(serverUrl, 'quote"d name');
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();

    await database.drop();
    await database.drop();
    const rows = await queryAll(serverUrl, `select datname from pg_database where datname = 'quote"d name'`);

    expect(rows).toEqual([]);
  });
});
