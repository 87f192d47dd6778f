import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SqlResult, SqlRow } from '../storage/sql-store.ts';
import type { WorkerLoad, WorkerRequest, WorkerResponse } from './worker-protocol.ts';

interface Waiting {
  resolve(result: SqlResult): void;
  reject(error: Error): void;
}

/** Talks to the worker thread that runs PGlite. The worker keeps the process alive only while an answer is awaited. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #failed: Error | undefined;

  constructor(dataDir: string) {
    this.#worker = new Worker(workerFile(), {
      workerData: { dataDir },
      // Flags of the process are not the worker's: --input-type, say, ends it.
      execArgv: [],
    });
    this.#worker.unref();
    this.#worker.on('message', (response: WorkerResponse) => this.#settle(response));
    this.#worker.on('error', (error) =>
      this.#fail(error instanceof Error ? error : new Error(String(error))),
    );
    this.#worker.on('exit', (code) =>
      this.#fail(new Error(`The PGlite worker ended with exit code ${code}.`)),
    );
  }

  request<Row extends SqlRow>(
    kind: WorkerRequest['kind'],
    text = '',
    values: readonly unknown[] = [],
    load?: WorkerLoad,
  ): Promise<SqlResult<Row>> {
    if (this.#failed !== undefined) {
      return Promise.reject(this.#failed);
    }
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, kind, text, values, load } satisfies WorkerRequest);
    });
  }

  async close(): Promise<void> {
    await this.request('close').catch(() => undefined);
    await this.#worker.terminate();
  }

  #settle(response: WorkerResponse): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if (this.#waiting.size === 0) {
      this.#worker.unref();
    }
    if ('error' in response) {
      waiting?.reject(Object.assign(new Error(response.error.message), { code: response.error.code }));
    } else {
      waiting?.resolve({ rows: response.rows, rowCount: response.rowCount });
    }
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const waiting of this.#waiting.values()) {
      waiting.reject(error);
    }
    this.#waiting.clear();
  }
}

// Node cannot start a worker from TypeScript, so tests that run from the sources use the built file.
function workerFile(): string {
  const beside = fileURLToPath(new URL('./worker.js', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../dist/embedded/worker.js', import.meta.url));
}
