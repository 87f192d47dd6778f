import { createRequire } from 'node:module';
import { requirePackage } from './require-package.cjs';

/** How a row loads packages, as its users do: by `import`, or by `require` from a CommonJS file. */
const loaders = { import: (name) => import(name), require: (name) => Promise.resolve(requirePackage(name)) };

const { MATRIX_LOADER = 'import', MATRIX_APP, MATRIX_STORE = 'postgres', DATABASE_URL } = process.env;

/** Whether the fixture has a package. */
export function isInstalled(name) {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** What this process tests: the application, the store, the database, and how packages are loaded. */
export const row = {
  app: MATRIX_APP,
  store: MATRIX_STORE,
  databaseUrl: DATABASE_URL,
  loader: MATRIX_LOADER,
  load: loaders[MATRIX_LOADER],
  hasOpenTelemetry: isInstalled('@opentelemetry/api'),
};

/** Opens the store of this row; the TypeORM rows give their own DataSource. */
export async function openStore() {
  if (row.store === 'embedded') {
    const { embeddedStore } = await row.load('@pg-observability/core/embedded');
    return embeddedStore({ dataDir: 'memory://' });
  }
  const { postgresStore } = await row.load('@pg-observability/core/node-postgres');
  return postgresStore(row.databaseUrl);
}

/** A logger that keeps the lines: a row says nothing unless it fails. */
export function createQuietLogger() {
  const lines = [];
  const log = (line) => lines.push(line);
  return { lines, info: log, warn: log, error: log };
}
