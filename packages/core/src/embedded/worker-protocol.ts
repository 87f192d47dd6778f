/** What the main thread asks the worker that runs PGlite. */
export interface WorkerRequest {
  id: number;
  kind: 'query' | 'script' | 'close';
  text: string;
  values: readonly unknown[];
}

/** What the worker answers. */
export type WorkerResponse =
  | { id: number; rows: Record<string, unknown>[]; rowCount: number }
  | { id: number; error: { message: string; code?: string | undefined } };
