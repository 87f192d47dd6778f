import { describe, expect, it } from 'vitest';
import { createQueryAnalyzer } from '../../src/query-spans/analyze-query.ts';

const analyze = createQueryAnalyzer();

describe('the recorded text has no literals', () => {
  it.each([
    ["select * from t where a = 'secret'", 'select * from t where a = ?'],
    ["select 'it''s a secret', 1", 'select ?, ?'],
    ["select E'a\\'secret', 'x'", 'select ?, ?'],
    ["select e'\\\\', 'secret'", 'select ?, ?'],
    ["select U&'\\0441secret', N'secret', B'101', X'1FF'", 'select ?, ?, ?, ?'],
    ['select $$secret$$, $tag$sec$$ret$tag$', 'select ?, ?'],
    ['select 1, 1.5, .5, 1e-10, 0xFF, 1_000', 'select ?, ?, ?, ?, ?, ?'],
    ['select t1.c2, $1, $12 from t1', 'select t1.c2, $1, $12 from t1'],
    ['select "it\'s", "a""b" from "T 1"', 'select "it\'s", "a""b" from "T 1"'],
    ["select 1 -- 'secret\n, 'x'", 'select ? , ?'],
    ["select 1 /* a /* don't */ secret */, 'x'", 'select ? , ?'],
    ["select 'secret", 'select ?'],
    ["select E'secret\\", 'select ?'],
    ['select $$secret', 'select ?'],
    ['select /* secret', 'select'],
    ['select * from t where a in (1, 2) limit 10', 'select * from t where a in (?, ?) limit ?'],
    ["select '1'::int, '{}'::jsonb", 'select ?::int, ?::jsonb'],
    ['  select\n\t1 ;  ', 'select ? ;'],
    ["alter role app password 'secret'", 'alter role app password ?'],
    ['', ''],
  ])('%s', (text, expected) => {
    expect(analyze(text).text).toBe(expected);
  });

  it('is cut at 4,096 characters, through a literal too', () => {
    const { text } = analyze(`select '${'secret'.repeat(2_000_000)}', 2`);

    expect(text).toBe('select ?…');
  });

  it.each([
    ['quotes', "'".repeat(100_000)],
    ['backslashes', `E'${'\\'.repeat(100_000)}`],
    ['open comments', '/*'.repeat(100_000)],
    ['dollars', '$'.repeat(100_000)],
    ['parentheses', '('.repeat(100_000)],
    ['NUL and half surrogates', '\0\ud800'.repeat(50_000)],
    ['digits', '1e'.repeat(100_000)],
  ])('is made in time of a text of nothing but %s', (_name, text) => {
    const before = process.cpuUsage();

    const analyzed = analyze(text);
    const { user, system } = process.cpuUsage(before);

    expect(typeof analyzed.text).toBe('string');
    expect((user + system) / 1_000).toBeLessThan(500);
  });
});

describe('the summary', () => {
  it.each([
    ['SELECT "o"."id" FROM "orders" "o"', 'SELECT orders', 'SELECT', 'orders'],
    [
      'SELECT * FROM "shop"."orders" "o" LEFT JOIN "customers" "c" ON "c"."id" = "o"."id"',
      'SELECT shop.orders customers',
      'SELECT',
      'shop.orders',
    ],
    [
      'SELECT DISTINCT "d"."id" FROM (SELECT "o"."id" FROM "orders" "o") "d" LIMIT 1',
      'SELECT SELECT orders',
      'SELECT',
      'orders',
    ],
    [
      'INSERT INTO "orders"("id", "total") VALUES (DEFAULT, $1) RETURNING "id"',
      'INSERT orders',
      'INSERT',
      'orders',
    ],
    ['INSERT INTO a SELECT * FROM b', 'INSERT a SELECT b', 'INSERT', 'a'],
    ['INSERT INTO a (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2', 'INSERT a', 'INSERT', 'a'],
    ['UPDATE "orders" SET "total" = $1 WHERE "id" IN ($2)', 'UPDATE orders', 'UPDATE', 'orders'],
    ['UPDATE ONLY a SET x = b.x FROM b', 'UPDATE a b', 'UPDATE', 'a'],
    ['DELETE FROM "orders" USING "lines" WHERE 1 = 1', 'DELETE orders lines', 'DELETE', 'orders'],
    [
      'MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET x = 1 WHEN NOT MATCHED THEN INSERT VALUES (1)',
      'MERGE a b',
      'MERGE',
      'a',
    ],
    ['select Total from Orders for update', 'select orders', 'select', 'orders'],
    ['SELECT * FROM a JOIN b USING (id)', 'SELECT a b', 'SELECT', 'a'],
    ['SELECT extract(epoch FROM created_at) FROM a', 'SELECT a', 'SELECT', 'a'],
    ['SELECT 1 WHERE a IS DISTINCT FROM b', 'SELECT', 'SELECT', undefined],
    ['SELECT * FROM generate_series(1, 2)', 'SELECT', 'SELECT', undefined],
    ['WITH x AS (UPDATE a SET b = 1 RETURNING *) SELECT * FROM x', 'UPDATE a SELECT x', 'SELECT', undefined],
    ['(SELECT * FROM a) UNION ALL (SELECT * FROM b)', 'SELECT a SELECT b', undefined, 'a'],
    ['INSERT INTO a VALUES (1); DELETE FROM b', 'INSERT a DELETE b', undefined, undefined],
    ['SELECT * FROM a;', 'SELECT a', 'SELECT', 'a'],
    ['START TRANSACTION', 'START TRANSACTION', 'START TRANSACTION', undefined],
    ['COMMIT', 'COMMIT', 'COMMIT', undefined],
    ['ROLLBACK TO SAVEPOINT typeorm_1', 'ROLLBACK TO SAVEPOINT', 'ROLLBACK TO SAVEPOINT', undefined],
    ['CREATE UNIQUE INDEX "x" ON "orders" ("id")', 'CREATE UNIQUE INDEX', 'CREATE UNIQUE INDEX', undefined],
    ['CREATE TABLE a (id int REFERENCES b ON DELETE CASCADE)', 'CREATE TABLE', 'CREATE TABLE', undefined],
    ['/* only a comment */', undefined, undefined, undefined],
    ['', undefined, undefined, undefined],
    [')))((( , . ;;', undefined, undefined, undefined],
  ])('of %s', (text, summary, operation, mainTable) => {
    expect(analyze(text)).toMatchObject({ summary, operation, mainTable });
  });

  it('has at most 255 characters', () => {
    const joins = Array.from({ length: 100 }, (_, i) => `JOIN table_${i} ON true`).join(' ');

    const { summary = '' } = analyze(`SELECT * FROM a ${joins}`);

    expect(summary.length).toBeLessThanOrEqual(255);
    expect(summary).toMatch(/^SELECT a table_0 .* table_\d+$/);
  });
});

describe('the column of a parameter', () => {
  it.each([
    ['SELECT * FROM u WHERE "email" = $1 AND u."password" = $2', { 1: 'email', 2: 'password' }],
    ['select * from u where pin in ($1, $2) or name ilike $3', { 1: 'pin', 2: 'pin', 3: 'name' }],
    [
      'INSERT INTO "u"("id", "name", "pass""word") VALUES (DEFAULT, $1, $2), ($3, lower($4), $5)',
      { 1: 'name', 2: 'pass"word', 3: 'id', 4: 'name', 5: 'pass"word' },
    ],
    [
      'UPDATE "u" SET "token" = $1, "name" = $2 WHERE "id" BETWEEN $3 AND $4',
      { 1: 'token', 2: 'name', 3: 'id', 4: 'id' },
    ],
    [
      'INSERT INTO "u"("id") VALUES ($1) ON CONFLICT ("id") DO UPDATE SET "token" = $2 WHERE ("u"."name" = $3)',
      { 1: 'id', 2: 'token', 3: 'name' },
    ],
    ['SELECT $1', { 1: 'SELECT' }],
  ])('in %s', (text, expected) => {
    expect(Object.fromEntries(analyze(text).parameterNames)).toEqual(expected);
  });
});

it('remembers texts, but not for ever', () => {
  const fresh = createQueryAnalyzer();
  const first = fresh('select 1');

  const again = fresh('select 1');
  Array.from({ length: 500 }, (_, i) => fresh(`select ${i + 2}`));
  const forgotten = fresh('select 1');

  expect([again === first, forgotten === first]).toEqual([true, false]);
});
