/** What is used of a pool of `pg` besides `connect`. */
interface PoolEvents {
  on(event: 'acquire', listener: (client: ClientEvents) => void): unknown;
  off(event: 'acquire', listener: (client: ClientEvents) => void): unknown;
}

interface ClientEvents {
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
}

/** Calls that wait for a client of one pool, and how they stop listening. */
interface Waiting {
  calls: number;
  stop: () => void;
}

const waitingFor = new WeakMap<PoolEvents, Waiting>();

/**
 * Takes a client out of a pool so that its errors are heard at every moment.
 *
 * The pool stops listening to a client when it hands it out, and a promise tells of it a little later. When the server is
 * stopped just then, the end of the connection is in the same bytes as its beginning: `error` is emitted between the two,
 * and without a listener that ends the process.
 *
 * @param pool a `pg.Pool`; anything without events is left alone
 * @param connect takes the client; whoever awaits it listens to the client's errors before anything else
 * @returns what `connect` resolves with
 */
export async function connectSafely<Client>(pool: unknown, connect: () => Promise<Client>): Promise<Client> {
  if (!hasEvents(pool)) {
    return connect();
  }
  const waiting = waitingFor.get(pool) ?? listen(pool);
  waiting.calls += 1;
  try {
    return await connect();
  } finally {
    waiting.calls -= 1;
    if (waiting.calls === 0) {
      waitingFor.delete(pool);
      waiting.stop();
    }
  }
}

// One listener for all calls that wait: node warns of the eleventh.
function listen(pool: PoolEvents): Waiting {
  const handedOut = new Set<ClientEvents>();
  const onAcquire = (client: ClientEvents): void => {
    if (!handedOut.has(client)) {
      handedOut.add(client);
      client.on('error', ignore);
    }
  };
  pool.on('acquire', onAcquire);
  const stop = (): void => {
    pool.off('acquire', onAcquire);
    // Not yet, because the last client is still on its way to whoever waits for it, from promise to promise.
    process.nextTick(() => handedOut.forEach((client) => client.off('error', ignore)));
  };
  const waiting = { calls: 0, stop };
  waitingFor.set(pool, waiting);
  return waiting;
}

function ignore(): void {
  // The statement in flight rejects, or the next one does.
}

function hasEvents(pool: unknown): pool is PoolEvents {
  const { on, off } = (pool ?? {}) as { on?: unknown; off?: unknown };
  return typeof on === 'function' && typeof off === 'function';
}
