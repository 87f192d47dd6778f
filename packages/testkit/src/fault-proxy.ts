import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Where the proxy passes connections on to. */
export interface FaultProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** A TCP proxy that misbehaves on demand. Made by `startFaultProxy`. */
export class FaultProxy {
  /** Added to every chunk in both directions; 0 at first. */
  latencyMs = 0;
  readonly #target: FaultProxyTarget;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #passage: Promise<void> = Promise.resolve();
  #openPassage: () => void = () => undefined;

  /** @internal */
  constructor(target: FaultProxyTarget) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#join(client));
  }

  /** The proxy's own port on 127.0.0.1. */
  get port(): number {
    return this.#port;
  }

  /** The same URL as `base`, through the proxy. */
  url(base: string): string {
    const url = new URL(base);
    url.host = `127.0.0.1:${this.#port}`;
    return url.href;
  }

  /** Resets every open connection, once. */
  cut(): void {
    this.#sockets.forEach((socket) => socket.resetAndDestroy());
  }

  /**
   * While on, nothing arrives in either direction and connections stay open, as when a cable is pulled.
   * What was sent meanwhile arrives when it is off again.
   */
  blackhole(isOn: boolean): void {
    this.#openPassage();
    if (isOn) {
      this.#passage = new Promise((resolve) => {
        this.#openPassage = resolve;
      });
    }
  }

  /** While on, new connections are refused (ECONNREFUSED); open ones go on. */
  async refuse(isOn: boolean): Promise<void> {
    if (isOn) {
      this.#server.close();
    } else if (!this.#server.listening) {
      await this.listen();
    }
  }

  /** Resets every connection and stops listening. */
  async close(): Promise<void> {
    this.blackhole(false);
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @internal */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    this.#port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  #join(client: Socket): void {
    const upstream = connect({ ...this.#target, allowHalfOpen: true });
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.resetAndDestroy()).on('close', () => this.#sockets.delete(from));
      this.#pump(from, to).catch(() => to.resetAndDestroy());
    }
  }

  async #pump(from: Socket, to: Socket): Promise<void> {
    // One chunk at a time, so that latency never changes their order.
    for await (const chunk of from) {
      if (this.latencyMs > 0) {
        await delay(this.latencyMs);
      }
      await this.#passage;
      if (!to.write(chunk as Buffer) && !to.destroyed) {
        await Promise.race([once(to, 'drain'), once(to, 'close')]);
      }
    }
    await this.#passage;
    to.end();
  }
}

/**
 * Starts a TCP proxy on a free port of 127.0.0.1 for tests of what happens when the network fails.
 *
 * @param options `target`: host and port to pass connections on to.
 *
 * @example
 * const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: server.port } });
 * const pool = new Pool({ connectionString: proxy.url(server.url) });
 * proxy.cut();
 */
export async function startFaultProxy(options: { readonly target: FaultProxyTarget }): Promise<FaultProxy> {
  const proxy = new FaultProxy(options.target);
  await proxy.listen();
  return proxy;
}
