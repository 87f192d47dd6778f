import type { RowLoad, SqlResult, SqlRow, SqlRunner, SqlStore } from '@pg-observability/core';

/** A real store behind a connection that fails when it is told to. */
export interface UnreliableStore extends SqlStore {
  /** While true every call is refused, as by a database that is down. */
  isAway: boolean;
  /** So many transactions commit, and their answer is lost. */
  answersToLose: number;
  /** So many queries never answer. */
  queriesToHang: number;
  /** Queries that were begun. */
  readonly queries: number;
}

/** Puts a failing connection in front of `store`. */
export function createUnreliableStore(store: SqlStore): UnreliableStore {
  return new FailingConnection(store);
}

class FailingConnection implements UnreliableStore {
  isAway = false;
  answersToLose = 0;
  queriesToHang = 0;
  queries = 0;
  readonly #store: SqlStore;

  constructor(store: SqlStore) {
    this.#store = store;
  }

  async query<Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> {
    this.queries += 1;
    this.#refuseWhileAway();
    if (this.queriesToHang > 0) {
      this.queriesToHang -= 1;
      return new Promise<never>(() => undefined);
    }
    return this.#store.query<Row>(text, values);
  }

  async script(text: string): Promise<void> {
    this.#refuseWhileAway();
    return this.#store.script(text);
  }

  async transaction<Result>(work: (sql: SqlRunner) => Promise<Result>): Promise<Result> {
    this.#refuseWhileAway();
    return this.#loseAnswer(await this.#store.transaction(work));
  }

  async loadRows(load: RowLoad): Promise<boolean> {
    this.#refuseWhileAway();
    return this.#loseAnswer((await this.#store.loadRows?.(load)) ?? false);
  }

  #loseAnswer<Result>(result: Result): Result {
    if (this.answersToLose > 0) {
      this.answersToLose -= 1;
      throw connectionError('ECONNRESET', 'read ECONNRESET');
    }
    return result;
  }

  #refuseWhileAway(): void {
    if (this.isAway) {
      throw connectionError('ECONNREFUSED', 'connect ECONNREFUSED postgres://app:hunter2@127.0.0.1:5432/app');
    }
  }
}

function connectionError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
