import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeDatabase } from '../../src/query-spans/database-description.ts';

afterEach(() => vi.unstubAllEnvs());

function attributesOf(options: object, mode: 'master' | 'slave' = 'master'): object {
  return describeDatabase({ options }, mode).attributes;
}

describe('the server of a DataSource', () => {
  it.each([
    [{ host: 'db.example', port: 5432 }, { 'server.address': 'db.example' }],
    [
      { host: 'db.example', port: 6432 },
      { 'server.address': 'db.example', 'server.port': 6432 },
    ],
    [
      { url: 'postgres://app:secret@db.example:6432/shop' },
      { 'server.address': 'db.example', 'server.port': 6432 },
    ],
    [{ url: 'postgres://app:secret@db.example/shop' }, { 'server.address': 'db.example' }],
    [{ url: 'postgres://[::1]:6432/shop' }, { 'server.address': '::1', 'server.port': 6432 }],
    [{ url: 'postgres:///shop?host=/run/postgresql' }, { 'server.address': '/run/postgresql' }],
    [{ host: '/run/postgresql', port: 6432 }, { 'server.address': '/run/postgresql' }],
    [{ url: 'no url at all' }, { 'server.address': 'localhost' }],
    [{}, { 'server.address': 'localhost' }],
  ])('%o', (options, expected) => {
    vi.stubEnv('PGHOST', undefined);
    vi.stubEnv('PGPORT', undefined);

    expect(attributesOf(options)).toEqual(expected);
  });

  it('comes from the environment where the options do not say', () => {
    vi.stubEnv('PGHOST', 'pg.internal');
    vi.stubEnv('PGPORT', '6543');

    expect(attributesOf({})).toEqual({ 'server.address': 'pg.internal', 'server.port': 6543 });
  });

  it('is the master, the only replica, or unknown among several', () => {
    const replication = { master: { host: 'main' }, slaves: [{ host: 'copy' }] };
    const several = { ...replication, slaves: [{ host: 'copy1' }, { host: 'copy2' }] };

    const found = [
      attributesOf({ replication }),
      attributesOf({ replication }, 'slave'),
      attributesOf({ replication: several }, 'slave'),
    ];

    expect(found).toEqual([{ 'server.address': 'main' }, { 'server.address': 'copy' }, {}]);
  });
});

describe('the namespace', () => {
  it.each([
    [{ database: 'shop', schema: 'sales', searchSchema: 'public' }, 'shop|sales'],
    [{ database: 'shop', searchSchema: 'public' }, 'shop|public'],
    [{ database: 'shop' }, 'shop'],
    [{}, undefined],
  ])('of %o', (driver, expected) => {
    expect(describeDatabase({ driver }, 'master').attributes['db.namespace']).toBe(expected);
  });
});
