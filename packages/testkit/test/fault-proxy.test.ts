import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../src/index.ts';

let echo: Server;
let proxy: FaultProxy;
const clients: Socket[] = [];

beforeAll(async () => {
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
});

afterAll(() => {
  echo.close();
});

beforeEach(async () => {
  proxy = await startFaultProxy({
    target: { host: '127.0.0.1', port: (echo.address() as { port: number }).port },
  });
});

afterEach(async () => {
  clients.splice(0).forEach((client) => client.destroy());
  await proxy.close();
});

async function openClient(): Promise<Socket> {
  const client = connect(proxy.port, '127.0.0.1');
  clients.push(client);
  await once(client, 'connect');
  return client;
}

async function roundTrip(client: Socket, text: string): Promise<string> {
  client.write(text);
  const [chunk] = (await once(client, 'data')) as [Buffer];
  return chunk.toString();
}

describe('the fault proxy', () => {
  it('passes bytes both ways and ends when the other side ends', async () => {
    const client = await openClient();

    const answer = await roundTrip(client, 'hello');
    client.end();
    await once(client.resume(), 'end');

    expect(answer).toBe('hello');
  });

  it('puts itself into a URL and keeps the rest of it', () => {
    const url = proxy.url('postgres://user:secret@db.example:5432/name?x=1');

    expect(url).toBe(`postgres://user:secret@127.0.0.1:${proxy.port}/name?x=1`);
  });

  it('resets open connections and accepts new ones when it cuts', async () => {
    const client = await openClient();
    await roundTrip(client, 'up');

    proxy.cut();
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    const next = await openClient();

    expect(error.code).toBe('ECONNRESET');
    expect(await roundTrip(next, 'again')).toBe('again');
  });

  it('lets nothing through while it is a black hole, and everything afterwards', async () => {
    const client = await openClient();
    const seen: string[] = [];
    client.on('data', (chunk) => seen.push(String(chunk)));
    const other = await openClient();

    proxy.blackhole(true);
    client.write('lost?');
    // A connection to the target that does not pass the proxy shows that time for an answer was there.
    const direct = connect((echo.address() as { port: number }).port, '127.0.0.1');
    await roundTrip(direct, 'direct');
    const whileOn = [...seen];
    proxy.blackhole(false);
    const answer = await roundTrip(other, 'other');

    expect(whileOn).toEqual([]);
    expect(answer).toBe('other');
    await expect.poll(() => seen).toEqual(['lost?']);
    direct.destroy();
  });

  it('leaves stranded connections open and silent for ever, and passes new ones', async () => {
    const client = await openClient();
    await roundTrip(client, 'up');
    const events: string[] = [];
    client.on('data', () => events.push('data')).on('close', () => events.push('close'));

    proxy.strand();
    client.write('lost');
    const answer = await roundTrip(await openClient(), 'new');

    expect({ answer, events }).toEqual({ answer: 'new', events: [] });
  });

  it('lets a request that matches arrive, and resets the connection in place of its answer', async () => {
    const received: string[] = [];
    echo.once('connection', (socket: Socket) => socket.on('data', (chunk) => received.push(String(chunk))));
    const client = await openClient();
    await roundTrip(client, 'begin');

    proxy.loseAnswers(/commit/, 1);
    await roundTrip(client, 'insert');
    client.write('commit');
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    const answer = await roundTrip(await openClient(), 'commit');

    expect({ received, code: error.code, answer, lost: proxy.answersLost }).toEqual({
      received: ['begin', 'insert', 'commit'],
      code: 'ECONNRESET',
      answer: 'commit',
      lost: 1,
    });
  });

  it('refuses new connections while told to, and open ones go on', async () => {
    const client = await openClient();

    await proxy.refuse(true);
    const refused = connect(proxy.port, '127.0.0.1');
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    const answer = await roundTrip(client, 'still here');
    await proxy.refuse(false);

    expect(error.code).toBe('ECONNREFUSED');
    expect(answer).toBe('still here');
    expect(await roundTrip(await openClient(), 'back')).toBe('back');
  });

  it('delays what it passes on by its latency', async () => {
    const client = await openClient();
    proxy.latencyMs = 30;

    const startedAt = performance.now();
    await roundTrip(client, 'slow');

    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59);
  });
});
