import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { isPostgresMajor, type PostgresMajor } from '../postgres/postgres-major.ts';
import type { PostgresServer } from '../postgres/postgres-server.ts';
import { startPostgres } from '../postgres/start-postgres.ts';

/** Starts servers on demand and tells test processes their URLs. */
export interface ServerBroker {
  /** `GET <url>/<major>` answers with the URL of that server. */
  readonly url: string;
  /** Stops every server that was started. */
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1 for test processes that need a PostgreSQL. A server starts when the first of them
 * asks for its major, so that a run without a database test starts none.
 *
 * @param externalUrl A server that is used for every major instead.
 */
export async function startServerBroker(externalUrl: string | undefined): Promise<ServerBroker> {
  const servers = new Map<PostgresMajor, Promise<PostgresServer>>();
  const serverUrl = async (major: PostgresMajor): Promise<string> => {
    const server = servers.get(major) ?? startPostgres({ major, isDurable: false });
    servers.set(major, server);
    return (await server).url;
  };
  // The URLs hold passwords, and any user of the machine can reach the port.
  const secret = randomUUID();
  const http = createServer((request, response) => {
    const [, key, majorText] = (request.url ?? '').split('/');
    const major = Number(majorText);
    if (key !== secret || !isPostgresMajor(major)) {
      response.writeHead(404).end();
      return;
    }
    Promise.resolve(externalUrl ?? serverUrl(major)).then(
      (url) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/${secret}`,
    close: async () => {
      http.close();
      http.closeAllConnections();
      const stops = [...servers.values()].map(async (server) => (await server).stop('immediate'));
      await Promise.allSettled(stops);
    },
  };
}
