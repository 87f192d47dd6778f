import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { WorkerRequest, WorkerResponse } from './worker-protocol.ts';

// PGlite runs in this thread, because each of its queries blocks the thread it runs in.
const { dataDir } = workerData as { dataDir: string };
const opening: Promise<PGlite> = PGlite.create(dataDir);
// The first request reports a failure to open; without this the process would end first.
opening.catch(() => undefined);

async function answer(request: WorkerRequest): Promise<WorkerResponse> {
  const { id, kind, text, values, load } = request;
  try {
    const database = await opening;
    switch (kind) {
      case 'query': {
        const result = await database.query<Record<string, unknown>>(text, [...values]);
        return { id, rows: result.rows, rowCount: result.rows.length || (result.affectedRows ?? 0) };
      }
      case 'script':
        await database.exec(text);
        return { id, rows: [], rowCount: 0 };
      case 'load':
        await database.transaction(async (transaction) => {
          await transaction.exec(load?.before ?? '');
          await transaction.query(text, [], { blob: new Blob([load?.rows as Uint8Array<ArrayBuffer>]) });
        });
        return { id, rows: [], rowCount: 0 };
      case 'close':
        await database.close();
        return { id, rows: [], rowCount: 0 };
    }
  } catch (error) {
    const { message, code } = error as { message?: string; code?: string };
    return { id, error: { message: message ?? String(error), code } };
  }
}

parentPort?.on('message', (request: WorkerRequest) => {
  void answer(request).then((response) => parentPort?.postMessage(response));
});
