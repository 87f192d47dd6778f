import type { PostgresMajor } from '../postgres/postgres-major.ts';

declare module 'vitest' {
  // What the global set-up hands to every test file (`inject('postgres')`).
  interface ProvidedContext {
    postgres: PostgresProvision;
  }
}

/** How test files reach the PostgreSQL servers of a run. */
export interface PostgresProvision {
  /** URL that answers `GET <url>/<major>` with a server's URL, after starting it if need be. */
  readonly brokerUrl: string;
  /** The majors that contract suites run on. */
  readonly majors: readonly PostgresMajor[];
  /** The major everything else runs on. */
  readonly defaultMajor: PostgresMajor;
  /** Whether the servers outlive the run, so that a failed test's database can be looked at. */
  readonly keepsFailed: boolean;
}
