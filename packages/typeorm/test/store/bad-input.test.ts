import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { typeormStore } from '../../src/index.ts';
import { dataSourceOptions } from '../support/data-sources.ts';
import { codeOf } from '../support/rejection.ts';

const dataSource = new DataSource(dataSourceOptions('postgres://127.0.0.1:1/none'));

describe('typeormStore refuses', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 42],
    ['a URL, because of the password in it', 'postgres://app:secret@db/shop'],
    ['an empty object', {}],
    ['the options instead of the DataSource', dataSource.options],
    ['the class instead of an instance', DataSource],
    ['a DataSource without options', { createQueryRunner: () => undefined, options: null }],
  ])('%s', (_name, given) => {
    const thrown = (): unknown => typeormStore(given as never);

    expect(thrown).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(thrown).not.toThrow(/secret/);
  });

  it.each(['mysql', 'sqlite', 'cockroachdb', 'aurora-postgres', undefined])(
    'a DataSource of type %s',
    (type) => {
      const given = { createQueryRunner: () => undefined, options: { type }, isInitialized: false };

      expect(() => typeormStore(given as never)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    },
  );

  it.each([
    [null],
    ['shared'],
    [{ pool: 'none' }],
    [{ pool: 'shared', poolSize: 3 }],
    [{ poolSize: 0 }],
    [{ poolSize: -1 }],
    [{ poolSize: 1.5 }],
    [{ poolSize: '2' }],
    [{ poolSize: Number.NaN }],
    [{ poolSize: Number.POSITIVE_INFINITY }],
    [{ poolSize: 2n }],
    [{ connectTimeoutMs: 0 }],
    [{ connectTimeoutMs: 2 ** 31 }],
    [{ statementTimeoutMs: '10; drop table orders' }],
    [{ statementTimeoutMs: null }],
    [{ synchronousCommit: 'off' }],
    [{ synchronousCommit: null }],
  ])('the options %o', async (options) => {
    expect(await codeOf(() => typeormStore(dataSource, options as never))).toBe('INVALID_OPTION');
  });
});
