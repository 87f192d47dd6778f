import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Neighbour } from './transparency-neighbour.ts';

/** What a server has seen of a large upload. */
export interface UploadReport {
  bytes: number;
  /** Most bytes of buffers that were alive at once while the body came, after garbage collection, above those before it. */
  liveBytes: number;
}

/** Raw handlers for what HTTP can do beyond a body and a status, each at a path of its own. */
export const RAW_HANDLERS: Readonly<Record<string, Neighbour>> = {
  '/events': (_request, response) => {
    void sendEvents(response);
  },
  '/early-hints': (_request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    response.end('styled');
  },
  '/listed-headers': (_request, response) => {
    // Neighbours, because with any header set before Node.js groups them by name.
    response.writeHead(201, 'Made', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Mixed-Case', 'yes']);
    response.end('made');
  },
  '/written-headers': (_request, response) => {
    response.setHeader('X-Before', ['one', 'two']);
    response.writeHead(202, { 'X-Mixed-Case': 'yes', 'content-type': 'text/plain' });
    response.end('written');
  },
  '/trailers': (_request, response) => {
    response.setHeader('Trailer', 'X-Checksum');
    response.write('body');
    response.addTrailers({ 'X-Checksum': '7' });
    response.end();
  },
  '/broken-off': (_request, response) => {
    response.setHeader('content-length', 100);
    response.write('only this', () => response.destroy());
  },
  '/conversation': (request, response) => {
    request.on('data', (piece: Buffer) => response.write(piece));
    request.on('end', () => response.end());
  },
  '/large-upload': (request, response) => {
    void measureUpload(request).then((report) => response.end(JSON.stringify(report)));
  },
};

async function sendEvents(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.flushHeaders();
  for (const id of [1, 2, 3]) {
    await nextTurn();
    response.write(`id: ${id}\ndata: tick\n\n`);
  }
  response.end();
}

const MEASURE_EVERY_BYTES = 10_000_000;

/** Reads a large upload to its end without keeping it. */
export async function measureUpload(body: AsyncIterable<Buffer>): Promise<UploadReport> {
  const collect = await exposeGarbageCollector();
  const liveBuffers = (): number => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const before = liveBuffers();
  let [bytes, measuredAt, most] = [0, 0, 0];
  for await (const piece of body) {
    bytes += piece.byteLength;
    if (bytes - measuredAt >= MEASURE_EVERY_BYTES) {
      measuredAt = bytes;
      most = Math.max(most, liveBuffers());
    }
  }
  return { bytes, liveBytes: most - before };
}

async function exposeGarbageCollector(): Promise<() => void> {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([
    import('node:v8'),
    import('node:vm'),
  ]);
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
