export { connectSafely } from './connect-safely.ts';
export { loadRowsOnPgClient } from './copy-rows.ts';
export { fromPgClient } from './from-pg-client.ts';
export { postgresStore } from './postgres-store.ts';
export type { PostgresStoreOptions } from './postgres-store.ts';
export type { PgClientLike, PgPoolClientLike, PgPoolLike, PgResultLike } from './pool-like.ts';
