import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { toMessage } from './wire/message-reader.ts';
import { fatal } from './wire/startup.ts';

const READY = toMessage('Z', 'I');
const GOODBYE = fatal('57P01', 'terminating connection due to administrator command');

/** Where the proxy passes connections on to. */
export interface FaultProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** One connection through the proxy. */
interface Passage {
  /** True when nothing of it passes ever again, and nobody is told. */
  isStranded: boolean;
  /** The next answer that matches gets lost. */
  losesAnswer: RegExp | undefined;
}

/** A TCP proxy that misbehaves on demand. Made by `startFaultProxy`. */
export class FaultProxy {
  /** Added to every chunk in both directions; 0 at first. */
  latencyMs = 0;
  readonly #target: FaultProxyTarget;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #passages = new Set<Passage>();
  #lossy: { request: RegExp; answer: RegExp; left: number } | undefined;
  #answersLost = 0;
  #goodbyesLeft = 0;
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

  /** How many answers `loseAnswers` has taken away. */
  get answersLost(): number {
    return this.#answersLost;
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

  /**
   * Connections that are open now are half open from here on: they stay, what is sent vanishes, their end
   * included, and nothing arrives ever again.
   * New connections pass.
   */
  strand(): void {
    this.#passages.forEach((passage) => {
      passage.isStranded = true;
    });
  }

  /**
   * The next `count` requests that match arrive, and their connection is reset in place of the answer: what they asked for is
   * done, and nobody knows.
   *
   * @param request looked for in what a client sends, byte by byte as Latin-1; a commit of pg is `/commit\0/`
   * @param answer looked for in what then comes back; what does not match passes. Default: anything. That of a COPY, which the
   * server answers once when it begins, is `/COPY \d/`
   */
  loseAnswers(request: RegExp, count: number, answer: RegExp = /[^]/): void {
    this.#lossy = { request, answer, left: count };
  }

  /**
   * The next `count` times the server says that it is ready, the end of the connection is in the same bytes: as when it is
   * stopped at that moment.
   */
  endWhenReady(count: number): void {
    this.#goodbyesLeft = count;
  }

  /** How many of the ends that `endWhenReady` asked for are still to come. */
  get endsLeft(): number {
    return this.#goodbyesLeft;
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
    const passage: Passage = { isStranded: false, losesAnswer: undefined };
    this.#passages.add(passage);
    client.on('close', () => this.#passages.delete(passage));
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      const reset = (): void => {
        if (!passage.isStranded) {
          to.resetAndDestroy();
        }
      };
      from.on('error', reset).on('close', () => this.#sockets.delete(from));
      this.#pump(from, to, (chunk) =>
        from === client
          ? this.#passRequest(passage, chunk)
          : this.#passAnswer(passage, chunk, { client, upstream }),
      ).then(() => passage.isStranded || to.end(), reset);
    }
  }

  /** Undefined where the bytes vanish. */
  #passRequest(passage: Passage, chunk: Buffer): Buffer | undefined {
    const lossy = this.#lossy;
    if (lossy !== undefined && lossy.left > 0 && lossy.request.test(chunk.toString('latin1'))) {
      lossy.left -= 1;
      passage.losesAnswer = lossy.answer;
    }
    return passage.isStranded ? undefined : chunk;
  }

  #passAnswer(
    passage: Passage,
    chunk: Buffer,
    sockets: { client: Socket; upstream: Socket },
  ): Buffer | undefined {
    if (passage.losesAnswer?.test(chunk.toString('latin1')) !== true) {
      return passage.isStranded ? undefined : this.#endIfReady(chunk, sockets);
    }
    this.#answersLost += 1;
    sockets.client.resetAndDestroy();
    sockets.upstream.destroy();
    return undefined;
  }

  #endIfReady(chunk: Buffer, { client, upstream }: { client: Socket; upstream: Socket }): Buffer | undefined {
    if (this.#goodbyesLeft === 0 || !chunk.subarray(-READY.length).equals(READY)) {
      return chunk;
    }
    this.#goodbyesLeft -= 1;
    client.end(Buffer.concat([chunk, GOODBYE]));
    upstream.destroy();
    return undefined;
  }

  async #pump(from: Socket, to: Socket, pass: (chunk: Buffer) => Buffer | undefined): Promise<void> {
    // One chunk at a time, so that latency never changes their order.
    for await (const chunk of from) {
      if (this.latencyMs > 0) {
        await delay(this.latencyMs);
      }
      await this.#passage;
      const passing = pass(chunk as Buffer);
      if (passing !== undefined && !to.write(passing) && !to.destroyed) {
        await Promise.race([once(to, 'drain'), once(to, 'close')]);
      }
    }
    await this.#passage;
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
