import { describe, expect, it } from 'vitest';
import { toOwnOptions } from '../../src/store/own-data-source.ts';
import { resolveStoreOptions } from '../../src/store/typeorm-store-options.ts';

const limits = resolveStoreOptions({ connectTimeoutMs: 1_000, statementTimeoutMs: 3_000 });

const always = {
  type: 'postgres',
  entities: [],
  subscribers: [],
  migrations: [],
  synchronize: false,
  migrationsRun: false,
  dropSchema: false,
  installExtensions: false,
  logging: false,
  cache: false,
  poolSize: 2,
  applicationName: 'pg-observability',
  connectTimeoutMS: 1_000,
  poolErrorHandler: expect.any(Function),
};
const extra = {
  max: 2,
  min: 0,
  application_name: 'pg-observability',
  connectionTimeoutMillis: 1_000,
  verify: expect.any(Function),
  query_timeout: 5_000,
  keepAlive: true,
  allowExitOnIdle: true,
};

describe('the options of the own DataSource', () => {
  it('take from the given ones how to connect, and nothing else', () => {
    const connection = {
      host: 'db',
      port: 6432,
      username: 'app',
      password: () => 'x',
      database: 'shop',
      ssl: true,
    };
    const given = {
      ...connection,
      type: 'postgres',
      schema: 'sales',
      driver: {},
      nativeDriver: {},
      entities: ['x'],
      subscribers: ['x'],
      migrations: ['x'],
      synchronize: true,
      migrationsRun: true,
      dropSchema: true,
      logging: true,
      logger: 'file',
      cache: true,
      extensions: ['postgis'],
      isolationLevel: 'x',
      parseInt8: true,
      useUTC: true,
      entityPrefix: 'app_',
      poolSize: 50,
      applicationName: 'shop',
      extra: { max: 50, min: 10, query_timeout: 0, options: '-c search_path=sales', statement_timeout: 9 },
    };

    expect(toOwnOptions(given, limits)).toEqual({
      ...always,
      ...connection,
      schema: 'sales',
      driver: {},
      nativeDriver: {},
      extra: { ...extra, options: '-c search_path=sales', statement_timeout: 9 },
    });
  });

  it('take the credentials of the master only where the DataSource replicates', () => {
    const given = {
      url: 'postgres://elsewhere',
      ssl: true,
      schema: 'sales',
      replication: {
        master: { host: 'main', username: 'app' },
        slaves: [{ host: 'copy' }],
        defaultMode: 'slave',
      },
    };

    expect(toOwnOptions(given, limits)).toEqual({
      ...always,
      host: 'main',
      username: 'app',
      schema: 'sales',
      extra,
    });
  });

  it('do not change the given ones', () => {
    const given = Object.freeze({ url: 'postgres://db', extra: Object.freeze({ max: 5 }) });

    toOwnOptions(given, limits);

    expect(given).toEqual({ url: 'postgres://db', extra: { max: 5 } });
  });
});
