import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { isPostgresMajor, type PostgresMajor } from '../postgres/postgres-major.ts';
import './provided-context.ts';
import { type ServerBroker, startServerBroker } from './server-broker.ts';

const defaultMajor: PostgresMajor = 18;

/** Parses `PG_OBSERVABILITY_TEST_POSTGRES`, for example `15,18`. */
function parseMajors(text: string): readonly PostgresMajor[] {
  return text.split(',').map((part) => {
    const major = Number(part);
    if (!isPostgresMajor(major)) {
      throw new Error(
        `PG_OBSERVABILITY_TEST_POSTGRES is "${text}": expected majors from 15 to 18, as in "15,18"`,
      );
    }
    return major;
  });
}

async function readMajor(url: string): Promise<PostgresMajor> {
  const client = new Client({ connectionString: url });
  await client.connect().catch((cause: unknown) => {
    throw new Error('the server of PG_OBSERVABILITY_TEST_URL cannot be reached', { cause });
  });
  try {
    const { rows } = await client.query<{ version: string }>('show server_version_num');
    const major = Math.floor(Number(Object.values(rows[0] ?? {})[0]) / 10_000);
    if (!isPostgresMajor(major)) {
      throw new Error(`PG_OBSERVABILITY_TEST_URL names a PostgreSQL ${major}: expected 15 to 18`);
    }
    return major;
  } finally {
    await client.end();
  }
}

let broker: ServerBroker | undefined;

/**
 * Vitest's global set-up: makes PostgreSQL servers available to every test file. They start when a test
 * first asks for one and stop with the run.
 *
 * Environment: `PG_OBSERVABILITY_TEST_POSTGRES`, the majors of the contract suites (default `15,18`);
 * `PG_OBSERVABILITY_TEST_URL`, a server of your own that is used instead of ours.
 */
export async function setup(project: TestProject): Promise<void> {
  const externalUrl = process.env['PG_OBSERVABILITY_TEST_URL'] || undefined;
  const externalMajor = externalUrl === undefined ? undefined : await readMajor(externalUrl);
  const asked = parseMajors(process.env['PG_OBSERVABILITY_TEST_POSTGRES'] || '15,18');
  broker = await startServerBroker(externalUrl);
  project.provide('postgres', {
    brokerUrl: broker.url,
    majors: externalMajor === undefined ? asked : [externalMajor],
    defaultMajor: externalMajor ?? defaultMajor,
    keepsFailed: externalUrl !== undefined || project.vitest.config.watch,
  });
}

/** Vitest's global tear-down: stops the servers that were started. */
export async function teardown(): Promise<void> {
  await broker?.close();
}
