/**
 * Names the database that connection options lead to, `host:port/database`, without credentials; undefined where they do not
 * tell. For keeping apart what is meant for different databases; not for connecting.
 *
 * @param options a URL, or an object with `connectionString`, `url`, or `host`, `port` and `database`, as of a `pg.Pool`
 * @example `toDatabaseTarget('postgres://app:secret@db/shop'); // 'db:5432/shop'`
 */
export function toDatabaseTarget(options: unknown): string | undefined {
  if (typeof options === 'string') {
    return urlToTarget(options);
  }
  if (typeof options !== 'object' || options === null) {
    return undefined;
  }
  const { connectionString, url, host, port, database } = options as Record<string, unknown>;
  const text = typeof connectionString === 'string' ? connectionString : url;
  if (typeof text === 'string') {
    return urlToTarget(text);
  }
  return typeof database === 'string'
    ? `${String(host ?? 'localhost')}:${String(port ?? 5432)}/${database}`
    : undefined;
}

function urlToTarget(url: string): string | undefined {
  if (!URL.canParse(url)) {
    return undefined;
  }
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 5432}${pathname}`;
}
