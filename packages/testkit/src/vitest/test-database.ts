import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { createDatabase, type CreatedDatabase } from '../postgres/create-database.ts';
import type { PostgresMajor } from '../postgres/postgres-major.ts';
import './provided-context.ts';

const ownDatabases: CreatedDatabase[] = [];

/** Asks the broker; node:http instead of fetch, which a test may have replaced. */
function askBroker(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      text(response).then((body) => {
        if (response.statusCode === 200) {
          resolve(body);
        } else {
          reject(new Error(`no PostgreSQL for this test: ${body}`));
        }
      }, reject);
    }).on('error', reject);
  });
}

/**
 * The majors that a contract suite has to run on, readable while tests are being collected.
 *
 * @example
 * describe.each(postgresMajorsUnderTest())('on PostgreSQL %i', (major) => { … });
 */
export function postgresMajorsUnderTest(): readonly PostgresMajor[] {
  return inject('postgres').majors;
}

/**
 * URL of a running test server, as its superuser, for tests that need the server itself.
 *
 * @param major Default: 18, or the major of the server in `PG_OBSERVABILITY_TEST_URL`.
 */
export async function testServerUrl(major?: PostgresMajor): Promise<string> {
  const provision = inject('postgres');
  return askBroker(`${provision.brokerUrl}/${major ?? provision.defaultMajor}`);
}

/**
 * An empty database for this test file, on a real PostgreSQL. It is dropped when the file has ended,
 * unless one of its tests failed and the server stays (watch mode, a server of your own): then its URL
 * is printed. Call `drop` only to be rid of it earlier.
 *
 * @param options `major`: default 18.
 *
 * @example
 * const database = await testDatabase();
 * const store = postgresStore(database.url);
 */
export async function testDatabase(
  options: { readonly major?: PostgresMajor } = {},
): Promise<CreatedDatabase> {
  const database = await createDatabase(await testServerUrl(options.major));
  ownDatabases.push(database);
  return database;
}

/**
 * Drops this file's databases, or says where they are. Called by the set-up file after every test file.
 *
 * @internal
 */
export async function releaseTestDatabases(hasFailed: boolean): Promise<void> {
  const databases = ownDatabases.splice(0);
  if (hasFailed && inject('postgres').keepsFailed) {
    for (const { url } of databases) {
      process.stderr.write(`kept for a look, because a test failed: ${url}\n`);
    }
    return;
  }
  await Promise.all(databases.map((database) => database.drop()));
}
