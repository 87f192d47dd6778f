import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureObservabilityTables, sqlState } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import type { ContractStore, OpenContractStore } from './contract-store.ts';

/** What a driver may lack. */
export interface StoreContractOptions {
  /** False for a driver that has no COPY. Default true. */
  copies?: boolean;
}

/** What every store must do alike, whatever driver is underneath. */
export function describeStoreContract(
  name: string,
  openStore: OpenContractStore,
  { copies = true }: StoreContractOptions = {},
): void {
  describe(`store contract: ${name}`, () => {
    let opened: ContractStore;
    let store: SqlStore;

    beforeAll(async () => {
      opened = await openStore();
      store = opened.store;
      await store.script('create table contract (id integer primary key, body jsonb, note text)');
    });
    afterAll(() => opened.close());

    describeStatements(() => store);
    describeTransactions(() => store);
    if (copies) {
      describeLoad(() => store);
    }
    describeSchema(() => store);
  });
}

function describeStatements(store: () => SqlStore): void {
  it('answers rows and their number', async () => {
    const result = await store().query('select 1::integer as one, $1::text as text', ['a']);

    expect(result).toEqual({ rows: [{ one: 1, text: 'a' }], rowCount: 1 });
  });

  it('answers how many rows an insert, an update and a delete changed', async () => {
    const insert = await store().query('insert into contract (id) select generate_series(1, 5)');
    const update = await store().query("update contract set note = 'x' where id > $1::integer", [2]);
    const remove = await store().query('delete from contract where id > $1::integer', [0]);

    expect([insert.rowCount, update.rowCount, remove.rowCount]).toEqual([5, 3, 5]);
  });

  it('answers the rows of returning', async () => {
    const { rows, rowCount } = await store().query(
      'insert into contract (id, body) values (10, $1::jsonb) returning id, body',
      [JSON.stringify({ deep: [1, { a: null }] })],
    );
    await store().query('delete from contract where id = 10');

    expect({ rows, rowCount }).toEqual({ rows: [{ id: 10, body: { deep: [1, { a: null }] } }], rowCount: 1 });
  });

  it('takes a bulk insert as one JSON parameter', async () => {
    const json = JSON.stringify(Array.from({ length: 1_000 }, (_, id) => ({ id: id + 100, note: `n${id}` })));

    const { rowCount } = await store().query(
      'insert into contract (id, note) select r.id, r.note from jsonb_to_recordset($1::jsonb) as r(id integer, note text)',
      [json],
    );
    await store().query('delete from contract where id >= 100');

    expect(rowCount).toBe(1_000);
  });

  it('rejects a refused statement with its SQLSTATE and goes on working', async () => {
    const error: unknown = await store()
      .query('select * from no_such_table')
      .catch((reason: unknown) => reason);
    const after = await store().query('select 2::integer as two');

    expect(sqlState(error)).toBe('42P01');
    expect(after.rows).toEqual([{ two: 2 }]);
  });

  it('runs a script of several statements as one: all of it or nothing', async () => {
    const error: unknown = await store()
      .script('insert into contract (id) values (20); insert into contract (id) values (21), (21);')
      .catch((reason: unknown) => reason);
    const { rows } = await store().query('select id from contract where id in (20, 21)');

    expect(sqlState(error)).toBe('23505');
    expect(rows).toEqual([]);
  });

  it('keeps concurrent calls apart', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store().query('select $1::integer as i', [i])),
    );

    expect(answers.map(({ rows }) => rows[0]?.['i'])).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });
}

function describeTransactions(store: () => SqlStore): void {
  it('commits what a transaction did and answers its result', async () => {
    const result = await store().transaction(async (sql) => {
      await sql.query('insert into contract (id) values (30)');
      return 'done';
    });
    const { rows } = await store().query('delete from contract where id = 30 returning id');

    expect({ result, rows }).toEqual({ result: 'done', rows: [{ id: 30 }] });
  });

  it('rolls back when the work rejects, and rejects with its reason', async () => {
    const reason = new Error('no');

    const error: unknown = await store()
      .transaction(async (sql) => {
        await sql.query('insert into contract (id) values (31)');
        throw reason;
      })
      .catch((thrown: unknown) => thrown);
    const { rows } = await store().query('select id from contract where id = 31');

    expect(error).toBe(reason);
    expect(rows).toEqual([]);
  });

  it('answers 25P02 after a failed statement in a transaction', async () => {
    const states: (string | undefined)[] = [];

    await store()
      .transaction(async (sql) => {
        await sql.query('select 1 / 0').catch((error: unknown) => states.push(sqlState(error)));
        await sql.query('select 1').catch((error: unknown) => states.push(sqlState(error)));
        throw new Error('roll back');
      })
      .catch(() => undefined);

    expect(states).toEqual(['22012', '25P02']);
  });

  it('does not let a statement from outside into an open transaction', async () => {
    let outside: Promise<unknown> | undefined;

    await store()
      .transaction(async (sql) => {
        await sql.query('insert into contract (id) values (40)');
        outside = store().query('insert into contract (id) values (41)');
        throw new Error('roll back');
      })
      .catch(() => undefined);
    await outside;
    const { rows } = await store().query('delete from contract where id in (40, 41) returning id');

    expect(rows).toEqual([{ id: 41 }]);
  });
}

function describeLoad(store: () => SqlStore): void {
  const columns = ['id', 'body', 'note'];
  const load = (rows: string, before = 'select 1'): Promise<boolean> | undefined =>
    store().loadRows?.({ before, table: 'contract', columns, rows: Buffer.from(rows) });

  it('loads rows in bulk, with NULL, JSON and every escape', async () => {
    const rows = '50\t{"a": "x\\\\ny"}\ttab\\t newline\\n backslash\\\\ ü😀\n51\t\\N\t\\N\n';

    const isLoaded = await load(rows);
    const stored = await store().query('delete from contract where id in (50, 51) returning id, body, note');

    expect(isLoaded).toBe(true);
    expect(stored.rows.toSorted((a, b) => Number(a['id']) - Number(b['id']))).toEqual([
      { id: 50, body: { a: 'x\ny' }, note: 'tab\t newline\n backslash\\ ü😀' },
      { id: 51, body: null, note: null },
    ]);
  });

  it('loads several megabytes', async () => {
    const note = 'x'.repeat(200);
    const rows = Array.from({ length: 20_000 }, (_, id) => `${id + 1_000}\t\\N\t${note}\n`).join('');

    await load(rows);
    const { rowCount } = await store().query('delete from contract where id >= 1000');

    expect(rowCount).toBe(20_000);
  });

  it('stores what goes before together with the rows', async () => {
    await load('61\t\\N\tb\n', 'set local work_mem = 1024; insert into contract (id) values (60)');
    const { rows } = await store().query('delete from contract where id in (60, 61) returning id');

    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([60, 61]));
  });

  it('rejects rows that are refused with their SQLSTATE, stores none of it, and goes on working', async () => {
    const error: unknown = await load(
      '61\t\\N\tgood\n62\t{broken\tbad\n',
      'insert into contract (id) values (60)',
    )?.catch((thrown: unknown) => thrown);
    await load('63\t\\N\tafter\n');
    const { rows } = await store().query('delete from contract where id between 60 and 69 returning id');

    expect(sqlState(error)).toBe('22P02');
    expect(rows).toEqual([{ id: 63 }]);
  });

  it('stores no row where what goes before is refused, although the rows are on their way, and goes on working', async () => {
    const note = 'x'.repeat(200);
    const rows = Array.from({ length: 5_000 }, (_, id) => `${id + 1_000}\t\\N\t${note}\n`).join('');
    await store().query('insert into contract (id) values (70)');

    const errors = await Promise.all(
      [rows, rows].map((each) =>
        load(each, 'insert into contract (id) values (70)')?.catch((thrown: unknown) => sqlState(thrown)),
      ),
    );
    await load('71\t\\N\tafter\n');
    const stored = await store().query('delete from contract where id >= 70 returning id');

    expect(errors).toEqual(['23505', '23505']);
    expect(new Set(stored.rows.map(({ id }) => id))).toEqual(new Set([70, 71]));
  });

  it('leaves no setting behind', async () => {
    await load('80\t\\N\tx\n', "set local statement_timeout = '7s'");
    const answers = await Promise.all([1, 2].map(() => store().query('show statement_timeout')));
    await store().query('delete from contract where id = 80');

    expect(answers.map(({ rows }) => rows[0]?.['statement_timeout'])).toEqual(['0', '0']);
  });
}

function describeSchema(store: () => SqlStore): void {
  it('installs the schema once, and finds it up to date the second time', async () => {
    const first = await ensureObservabilityTables(store());
    const second = await ensureObservabilityTables(store());

    expect([first.outcome, second.outcome]).toEqual(['installed', 'up_to_date']);
  });
}
