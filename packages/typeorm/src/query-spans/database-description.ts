import type { Attributes } from '@pg-observability/core';

/** What is the same for every statement of a DataSource. */
export interface DatabaseDescription {
  /** `db.namespace`, `server.address`, `server.port`: as far as they are known. */
  attributes: Attributes;
  /** The table of an entity by the name a statement has for it, with its schema where it has one. */
  entityTables: ReadonlySet<string>;
}

/** What of a DataSource is looked at; every part may be missing. */
export interface DescribedDataSource {
  options?: ConnectionOptions & {
    replication?: { master?: ConnectionOptions; slaves?: readonly ConnectionOptions[] };
  };
  driver?: { database?: string | undefined; schema?: string | undefined; searchSchema?: string | undefined };
  entityMetadatas?: readonly { tablePath?: string }[];
}

interface ConnectionOptions {
  url?: unknown;
  host?: unknown;
  port?: unknown;
}

const DEFAULT_PORT = 5432;

/** @param mode `slave` for a query runner that reads from a replica */
export function describeDatabase(
  dataSource: DescribedDataSource,
  mode: 'master' | 'slave',
): DatabaseDescription {
  const { driver, entityMetadatas = [] } = dataSource;
  const namespace = [driver?.database, driver?.schema ?? driver?.searchSchema].filter(Boolean).join('|');
  return {
    attributes: {
      ...(namespace === '' ? {} : { 'db.namespace': namespace }),
      ...serverAttributes(connectionOf(dataSource, mode)),
    },
    entityTables: new Set(entityMetadatas.map(({ tablePath }) => tablePath ?? '')),
  };
}

/** With several replicas nobody but the driver knows which one answers. */
function connectionOf(
  { options }: DescribedDataSource,
  mode: 'master' | 'slave',
): ConnectionOptions | undefined {
  const replication = options?.replication;
  if (replication === undefined) {
    return options;
  }
  return mode === 'master'
    ? replication.master
    : replication.slaves?.length === 1
      ? replication.slaves[0]
      : undefined;
}

function serverAttributes(connection: ConnectionOptions | undefined): Attributes {
  if (connection === undefined) {
    return {};
  }
  const { host, port } =
    typeof connection.url === 'string' ? readUrl(connection.url) : readOptions(connection);
  const address = typeof host === 'string' && host !== '' ? host : (process.env['PGHOST'] ?? 'localhost');
  const number = Number(port ?? process.env['PGPORT'] ?? DEFAULT_PORT);
  const isSocket = address.startsWith('/');
  return isSocket || number === DEFAULT_PORT || !Number.isInteger(number)
    ? { 'server.address': address }
    : { 'server.address': address, 'server.port': number };
}

interface HostAndPort {
  host?: unknown;
  port?: unknown;
}

function readOptions({ host, port }: ConnectionOptions): HostAndPort {
  return { host, port };
}

function readUrl(text: string): HostAndPort {
  if (!URL.canParse(text)) {
    return {};
  }
  const url = new URL(text);
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? undefined : url.port };
}
