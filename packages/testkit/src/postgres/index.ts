export { createDatabase, type CreatedDatabase } from './create-database.ts';
export { isPostgresMajor, type PostgresMajor, postgresMajors } from './postgres-major.ts';
export type { PostgresServer } from './postgres-server.ts';
export type { StopMode } from './server-process.ts';
export { startPostgres, type StartPostgresOptions } from './start-postgres.ts';
