import type { ObservabilityOptions } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, request as openRequest } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../vitest/test-database.ts';
import { createQuietLogger } from './quiet-logger.ts';
import { comparableAnswer, exchangeRaw } from './raw-exchange.ts';
import type { UploadReport } from './transparency-handlers.ts';
import type { NeighbourOptions } from './transparency-neighbours.ts';
import { CONVERSATIONS, FRAMEWORK_REQUESTS, NEIGHBOUR_REQUESTS } from './transparency-requests.ts';

/** What an application of the contract is made from. */
export interface TransparencyOptions extends NeighbourOptions {
  /** For the adapter's request telemetry, mounted first; undefined builds the same application without the adapter. */
  observability: ObservabilityOptions | undefined;
}

/** An application of the contract, listening on 127.0.0.1. */
export interface TransparentApp {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Opens an application with the handlers of `mountNeighbours`, `RAW_HANDLERS` and `serveWebSocket`, and these routes of the
 * framework: `GET /hello/:name` answers JSON, `POST /echo` the parsed body, `GET /fail` throws, `GET /moved` redirects to
 * `/hello/ada`, `GET /empty` answers 204. It has no error handler of ours, and its error pages show no stack.
 */
export type OpenTransparentApp = (options: TransparencyOptions) => Promise<TransparentApp>;

const UPLOAD_BYTES = 100_000_000;
const LIVE_BYTES_AT_MOST = 30_000_000;

/** What a form has around a file. */
interface UploadEdges {
  head: string;
  tail: string;
}

const FORM_EDGES: UploadEdges = {
  head: '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n',
  tail: '\r\n--edge--\r\n',
};

/**
 * What clients get from an application is the same with and without us, byte for byte, save the header of ours. The same
 * requests go to two applications without us, which shows what differs anyway (the date), and to one with us.
 *
 * @param name of the framework
 * @param openApp opens a {@link TransparentApp}
 */
export function describeTransparencyContract(name: string, openApp: OpenTransparentApp): void {
  describe(`transparency on ${name}`, () => {
    const opened: { close(): Promise<unknown> }[] = [];
    let bare: TransparentApp;
    let bareAgain: TransparentApp;
    let observed: TransparentApp;

    beforeAll(async () => {
      const surroundings = await openSurroundings();
      const store = postgresStore((await testDatabase()).url);
      const observability = { serviceName: 'transparency', store, logger: createQuietLogger() };
      bare = await openApp({ ...surroundings.options, observability: undefined });
      bareAgain = await openApp({ ...surroundings.options, observability: undefined });
      observed = await openApp({ ...surroundings.options, observability });
      opened.push(bare, bareAgain, observed, { close: async () => store.close?.() }, surroundings);
    });
    afterAll(async () => {
      for (const { close } of opened) {
        await close();
      }
    });

    it.each([...FRAMEWORK_REQUESTS, ...NEIGHBOUR_REQUESTS, ...CONVERSATIONS])(
      'is the same with and without us: $name',
      async ({ pieces }) => {
        const first = comparableAnswer(await exchangeRaw(bare.port, pieces));
        const again = comparableAnswer(await exchangeRaw(bareAgain.port, pieces));
        const withUs = comparableAnswer(await exchangeRaw(observed.port, pieces));

        expect(first).toMatch(/^HTTP\/1\.1 \d{3} /);
        expect({ again, withUs }).toEqual({ again: first, withUs: first });
      },
    );

    it('has our header on each answer of a route, and only where we are', async () => {
      const pieces = ['GET /hello/ada HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n'];

      const answers = await Promise.all([bare, observed].map(({ port }) => exchangeRaw(port, pieces)));

      const counts = answers.map((answer) => answer.match(/^x-correlation-id: /gim)?.length ?? 0);
      expect(counts).toEqual([0, 1]);
    });

    it.each([
      { name: 'an upload', path: '/large-upload', edges: { head: '', tail: '' } },
      { name: 'a file in a form, by multer,', path: '/large-form', edges: FORM_EDGES },
    ])('streams $name of 100 MB without keeping it, with and without us', async ({ path, edges }) => {
      const reports = [await upload(bare.port, path, edges), await upload(observed.port, path, edges)];

      expect(reports.map(({ bytes }) => bytes)).toEqual([UPLOAD_BYTES, UPLOAD_BYTES]);
      expect(Math.max(...reports.map(({ liveBytes }) => liveBytes))).toBeLessThan(LIVE_BYTES_AT_MOST);
    });
  });
}

async function upload(port: number, path: string, edges: UploadEdges): Promise<UploadReport> {
  const headers = { 'content-type': 'multipart/form-data; boundary=edge' };
  const request = openRequest({ port, host: '127.0.0.1', path, method: 'POST', headers });
  const answered = once(request, 'response') as Promise<[Readable]>;
  await pipeline(Readable.from(pieces(edges)), request);
  const [response] = await answered;
  return (await json(response)) as UploadReport;
}

function* pieces({ head, tail }: UploadEdges): Generator<Buffer> {
  yield Buffer.from(head);
  const piece = Buffer.alloc(50_000, 'x');
  for (let sent = 0; sent < UPLOAD_BYTES; sent += piece.byteLength) {
    yield piece;
  }
  yield Buffer.from(tail);
}

/** A folder with a file that is never younger, and a server behind the proxy. */
async function openSurroundings(): Promise<{ options: NeighbourOptions; close(): Promise<void> }> {
  const staticFolder = await mkdtemp(join(tmpdir(), 'transparency-'));
  const file = join(staticFolder, 'tea.txt');
  await writeFile(file, 'two spoons of tea');
  await utimes(file, 1_000_000_000, 1_000_000_000);
  const upstream = await listenUpstream();
  const { port } = upstream.address() as AddressInfo;
  return {
    options: { staticFolder, upstreamUrl: `http://127.0.0.1:${port}` },
    close: async () => {
      upstream.closeAllConnections();
      upstream.close();
      await rm(staticFolder, { recursive: true });
    },
  };
}

async function listenUpstream(): Promise<Server> {
  const upstream = createServer((request, response) => {
    response.writeHead(203, { 'X-Upstream': 'yes', 'Set-Cookie': ['u=1', 'v=2'] });
    response.write(`${request.method} ${request.url} `);
    request.pipe(response);
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  return upstream;
}
