import { expect, it } from 'vitest';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { toDatabaseTarget } from '../../src/storage/database-target.ts';

it.each([
  ['postgres://app:secret@db/shop', 'db:5432/shop'],
  ['postgres://db:6543/shop?sslmode=require', 'db:6543/shop'],
  [{ connectionString: 'postgres://app:secret@db/shop' }, 'db:5432/shop'],
  [{ url: 'postgres://db/shop' }, 'db:5432/shop'],
  [{ host: 'db', port: 6543, database: 'shop', password: 'secret' }, 'db:6543/shop'],
  [{ database: 'shop' }, 'localhost:5432/shop'],
  [{}, undefined],
  ['no url', undefined],
  [null, undefined],
  [undefined, undefined],
  [7, undefined],
])('names the database of %j without credentials', (options, target) => {
  expect(toDatabaseTarget(options)).toBe(target);
});

it('is told by a store over a URL and over a pool alike', () => {
  const pool = {
    options: { host: 'db', port: 5432, database: 'shop' },
    connect: () => Promise.reject(new Error('never')),
  };

  const targets = [postgresStore('postgres://app:secret@db/shop').target, postgresStore(pool).target];

  expect(targets).toEqual(['db:5432/shop', 'db:5432/shop']);
});
