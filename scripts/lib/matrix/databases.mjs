import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rootFolder } from '../root.mjs';
import { once } from './run-app-row.mjs';

/** Real PostgreSQL servers from npm, one a major, started when the first row asks; they end with `close`. */
export async function openDatabases() {
  // The build is there only once the run has begun, so this cannot be a static import.
  const entry = join(rootFolder, 'packages', 'testkit', 'dist', 'postgres', 'index.js');
  const { createDatabase, startPostgres } = await import(pathToFileURL(entry).href);
  const started = [];
  const server = once((major) => {
    const starting = startPostgres({ major, isDurable: false });
    started.push(starting);
    return starting;
  });
  return {
    create: async (major) => createDatabase((await server(major)).url),
    close: () => Promise.allSettled(started.map(async (starting) => (await starting).stop('immediate'))),
  };
}
