import type { SqlResult, SqlRow, SqlStore } from '@pg-observability/core';

/** A store whose next statement is carried out, and whose answer then never arrives: an unknown commit. */
export function createAnswerLosingStore(store: SqlStore, statement: RegExp): SqlStore {
  let isLost = false;
  return {
    query: async <Row extends SqlRow>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> => {
      const result = await store.query<Row>(text, values);
      if (!isLost && statement.test(text)) {
        isLost = true;
        throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      }
      return result;
    },
    script: (text) => store.script(text),
    transaction: (work) => store.transaction(work),
    loadRows: async (load) => (await store.loadRows?.(load)) ?? false,
  };
}
