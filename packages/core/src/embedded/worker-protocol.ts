/** What the main thread asks the worker that runs PGlite. */
export interface WorkerRequest {
  id: number;
  kind: 'query' | 'script' | 'load' | 'close';
  /** For `load` the statement `copy … from '/dev/blob'`. */
  text: string;
  values: readonly unknown[];
  load?: WorkerLoad | undefined;
}

/** What a request of the kind `load` brings. */
export interface WorkerLoad {
  /** Statements that run first, in the same transaction. */
  before: string;
  /** Rows in COPY's text format. */
  rows: Uint8Array;
}

/** What the worker answers. */
export type WorkerResponse =
  | { id: number; rows: Record<string, unknown>[]; rowCount: number }
  | { id: number; error: { message: string; code?: string | undefined } };
