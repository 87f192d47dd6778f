import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../packages/testkit/dist/postgres/index.js';

/**
 * Runs `work` with a real PostgreSQL 18, as it is installed (`synchronous_commit` and `fsync` on), and a folder; both are gone
 * afterwards, and so is every application that was handed to `own`.
 */
export async function withServer(work, settings = {}) {
  const server = await startPostgres({ major: 18, settings });
  const folder = mkdtempSync(join(tmpdir(), 'pg-observability-faults-'));
  const owned = [];
  const own = (app) => {
    owned.push(app);
    return app;
  };
  try {
    return await work({ server, folder, own });
  } finally {
    await Promise.all(owned.map((app) => app.kill('SIGKILL')));
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
