import type { RowLoad, SqlResult, SqlRow, SqlRunner, SqlStore } from './sql-store.ts';

/** A store that is decided on at its first use; what is asked before waits for the decision. */
export class DeferredStore implements SqlStore {
  readonly openTimeoutMs: number;
  readonly target: string | undefined;
  readonly #resolve: () => Promise<SqlStore>;
  #store: Promise<SqlStore> | undefined;

  /** @param target the database, where it is known before the decision */
  constructor(resolve: () => Promise<SqlStore>, openTimeoutMs: number, target?: string) {
    this.#resolve = resolve;
    this.openTimeoutMs = openTimeoutMs;
    this.target = target;
  }

  /** Decides now. Rejects, at every call, when no store can be had. */
  resolve(): Promise<SqlStore> {
    this.#store ??= this.#resolve();
    return this.#store;
  }

  async query<Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> {
    return (await this.resolve()).query<Row>(text, values);
  }

  async script(text: string): Promise<void> {
    return (await this.resolve()).script(text);
  }

  async transaction<Result>(work: (sql: SqlRunner) => Promise<Result>): Promise<Result> {
    return (await this.resolve()).transaction(work);
  }

  async loadRows(load: RowLoad): Promise<boolean> {
    return (await (await this.resolve()).loadRows?.(load)) ?? false;
  }

  async close(): Promise<void> {
    const store = await this.#store?.catch(() => undefined);
    await store?.close?.();
  }
}
