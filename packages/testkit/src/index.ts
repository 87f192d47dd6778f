export { type FaultProxy, type FaultProxyTarget, startFaultProxy } from './fault-proxy.ts';
export { createDatabase, type CreatedDatabase } from './postgres/create-database.ts';
export { isPostgresMajor, type PostgresMajor, postgresMajors } from './postgres/postgres-major.ts';
export type { PostgresServer } from './postgres/postgres-server.ts';
export type { StopMode } from './postgres/server-process.ts';
export { startPostgres, type StartPostgresOptions } from './postgres/start-postgres.ts';
export { postgresMajorsUnderTest, testDatabase, testServerUrl } from './vitest/test-database.ts';
