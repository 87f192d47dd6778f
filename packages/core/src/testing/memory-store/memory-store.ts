import type { SqlResult, SqlRow, SqlRunner, SqlStore } from '../../storage/sql-store.ts';
import { alertStatements } from './alert-statements.ts';
import { errorStatements } from './error-statements.ts';
import { healthStatements } from './health-statements.ts';
import { loadStatements } from './load-statements.ts';
import { copyTables, createTables } from './memory-tables.ts';
import type { MemoryStatement, MemoryTables } from './memory-tables.ts';
import { metricStatements } from './metric-statements.ts';
import { silenceStatements } from './silence-statements.ts';
import { notificationStatements } from './notification-statements.ts';
import { spanStatements } from './span-statements.ts';
import { workflowReportStatements } from './workflow-reports.ts';
import { workflowStatements } from './workflow-statements.ts';

/** What {@link memoryStore} returns. */
export interface MemoryStore extends SqlStore {
  /** Forgets every row. */
  clear(): void;
}

/**
 * A store for tests that keeps its rows in this process: no PostgreSQL, no PGlite, nothing to start. It carries out the
 * statements of this library, by their text, in transactions that roll back; the contract suites that run on PostgreSQL run
 * on it as well.
 *
 * SQL of your own (a view, `select … from observability.spans`, `hasRows`) is refused with SQLSTATE 0A000: test that on
 * `embeddedStore({ dataDir: 'memory://' })` or a PostgreSQL.
 *
 * @example `const workflows = new WorkflowStateTracker(memoryStore());`
 */
export function memoryStore(): MemoryStore {
  return createMemoryStore(() => undefined);
}

/** @internal {@link memoryStore} that also knows what `findStatement` finds: SQL that a test has written by hand. */
export function createMemoryStore(findStatement: (text: string) => MemoryStatement | undefined): MemoryStore {
  return new TablesInMemory(findStatement);
}

const STATEMENTS: ReadonlyMap<string, MemoryStatement> = new Map([
  ...spanStatements,
  ...loadStatements,
  ...metricStatements,
  ...workflowStatements,
  ...workflowReportStatements,
  ...alertStatements,
  ...silenceStatements,
  ...notificationStatements,
  ...errorStatements,
  ...healthStatements,
]);

class TablesInMemory implements MemoryStore {
  readonly #tables: MemoryTables = createTables();
  readonly #findStatement: (text: string) => MemoryStatement | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(findStatement: (text: string) => MemoryStatement | undefined) {
    this.#findStatement = findStatement;
  }

  query<Row extends SqlRow>(text: string, values: readonly unknown[] = []): Promise<SqlResult<Row>> {
    return this.#inTurn(async () => this.#run<Row>(text, values));
  }

  script(text: string): Promise<void> {
    return this.#inTurn(async () => {
      throw unknownStatement(text);
    });
  }

  transaction<Result>(work: (sql: SqlRunner) => Promise<Result>): Promise<Result> {
    return this.#inTurn(async () => {
      const before = copyTables(this.#tables);
      let failed = false;
      const query = async <Row extends SqlRow>(
        text: string,
        values: readonly unknown[] = [],
      ): Promise<SqlResult<Row>> => {
        if (failed) {
          throw sqlError(
            '25P02',
            'current transaction is aborted, commands ignored until end of transaction',
          );
        }
        try {
          return this.#run<Row>(text, values);
        } catch (error) {
          failed = true;
          throw error;
        }
      };
      try {
        const result = await work({ query });
        if (failed) {
          throw sqlError('25P02', 'the transaction was rolled back, because a statement in it failed');
        }
        return result;
      } catch (error) {
        Object.assign(this.#tables, before);
        throw error;
      }
    });
  }

  clear(): void {
    Object.assign(this.#tables, createTables());
  }

  #run<Row extends SqlRow>(text: string, values: readonly unknown[]): SqlResult<Row> {
    const statement = STATEMENTS.get(text) ?? this.#findStatement(text);
    if (statement === undefined) {
      throw unknownStatement(text);
    }
    const rows = statement(this.#tables, values) as Row[];
    return { rows, rowCount: rows.length };
  }

  /** One statement or transaction at a time, in the order they came, as on a database with one session. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function unknownStatement(text: string): Error {
  const start = String(text).trim().replace(/\s+/g, ' ').slice(0, 80);
  return sqlError(
    '0A000',
    `memoryStore knows the statements of this library only, not "${start}". For other SQL give embeddedStore({ dataDir: 'memory://' }) or a PostgreSQL`,
  );
}

function sqlError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
