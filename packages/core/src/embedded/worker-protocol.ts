/** What the main thread asks the worker that runs PGlite. */
export interface WorkerRequest {
  id: number;
  kind: 'query' | 'script' | 'copy' | 'close';
  /** For `copy` the statement, `copy … from '/dev/blob'`. */
  text: string;
  values: readonly unknown[];
  /** For `copy`: rows in COPY's text format. */
  rows?: Uint8Array | undefined;
}

/** What the worker answers. */
export type WorkerResponse =
  | { id: number; rows: Record<string, unknown>[]; rowCount: number }
  | { id: number; error: { message: string; code?: string | undefined } };
