import { activeTrace, currentCorrelationId, TracingContext } from '@pg-observability/core';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What code that answers a request sees around it. */
export interface SeenContext {
  /** Undefined outside of any request. */
  correlationId: string | undefined;
  traceId: string | undefined;
}

/**
 * What the routes of a contract application do; a framework only connects them. The table is in `http-contract.ts`.
 */
export class HttpContractHandlers {
  readonly #notes = new Map<string, Deferred<SeenContext>>();
  readonly #gate = createDeferred<void>();

  /** What the code sees that calls this. */
  context(): SeenContext {
    return { correlationId: currentCorrelationId(), traceId: activeTrace()?.traceId };
  }

  /** What is seen after an await, a timer and an immediate. */
  async later(): Promise<SeenContext[]> {
    await Promise.resolve();
    const afterAwait = this.context();
    const afterTimer = await new Promise<SeenContext>((resolve) =>
      setTimeout(() => resolve(this.context()), 1),
    );
    const afterImmediate = await new Promise<SeenContext>((resolve) =>
      setImmediate(() => resolve(this.context())),
    );
    return [afterAwait, afterTimer, afterImmediate];
  }

  /** Echoes a body the framework has parsed. */
  echo(body: unknown): { body: unknown } & SeenContext {
    return { body, ...this.context() };
  }

  /** Makes a span inside the request's. */
  inner(): SeenContext {
    using operation = new TracingContext('inner work');
    return operation.run(() => this.context());
  }

  /** Fails at once. */
  fail(): never {
    throw new TypeError('contract failure');
  }

  /** Fails later. */
  async reject(): Promise<never> {
    await Promise.resolve();
    throw new RangeError('contract rejection');
  }

  /** Refuses, by the convention of `http-errors`. */
  refuse(): never {
    throw Object.assign(new Error('short and stout'), { status: 418, statusCode: 418 });
  }

  /** Answers once the test has called `openGate`. */
  async gated(): Promise<SeenContext> {
    this.#note('gated', this.context());
    await this.#gate.promise;
    return this.context();
  }

  /** Lets `gated` answer. */
  openGate(): void {
    this.#gate.resolve();
  }

  /** Reads the body as a multipart parser does: by listening. Answers what each listener saw, and the size. */
  upload(request: IncomingMessage): Promise<{ bytes: number; data: SeenContext; end: SeenContext }> {
    return new Promise((resolve, reject) => {
      let bytes = 0;
      let data = NOTHING;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        data = this.context();
        this.#note('upload', data);
      });
      request.on('end', () => resolve({ bytes, data, end: this.context() }));
      request.on('error', reject);
    });
  }

  /** Answers 200; what the response's listeners saw is asked for by `seen('finish')` and `seen('close')`. */
  listen(response: ServerResponse): void {
    response.on('finish', () => this.#note('finish', this.context()));
    response.on('close', () => this.#note('close', this.context()));
    response.end('listening');
  }

  /** Answers with any status, without an exception. */
  status(response: ServerResponse, code: number): void {
    response.statusCode = code;
    response.end();
  }

  /** Sends the head and an event and stays open. */
  stream(response: ServerResponse): void {
    response.on('close', () => this.#note('close', this.context()));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
  }

  /** Never answers. */
  hang(response: ServerResponse): void {
    response.on('close', () => this.#note('close', this.context()));
    this.#note('hang', this.context());
  }

  /** Resolves with what was noted under `name`, once it is. */
  seen(name: 'gated' | 'upload' | 'finish' | 'close' | 'hang'): Promise<SeenContext> {
    return this.#entry(name).promise;
  }

  #note(name: string, seen: SeenContext): void {
    this.#entry(name).resolve(seen);
  }

  #entry(name: string): Deferred<SeenContext> {
    const known = this.#notes.get(name);
    const entry = known ?? createDeferred<SeenContext>();
    this.#notes.set(name, entry);
    return entry;
  }
}

const NOTHING: SeenContext = { correlationId: undefined, traceId: undefined };

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
}

// Promise.withResolvers comes with Node 22.
function createDeferred<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
