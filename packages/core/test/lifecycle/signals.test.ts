import { Agent } from 'node:http';
import { createObservability } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { memoryStore } from '@pg-observability/core/testing';
import { sendHttp, testDatabase } from '@pg-observability/testkit';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { spawnServer } from './spawn-server.ts';
import type { SpawnedServer } from './spawn-server.ts';

const database = await testDatabase();
const store = postgresStore(database.url);
afterAll(() => store.close?.());

async function start(serviceName: string, shutdown: Record<string, number>): Promise<SpawnedServer> {
  return spawnServer(database.url, { serviceName, shutdown, ingest: { spool: false } });
}

/** Asks until readiness refuses: whole requests to the other process, each on a connection of its own. */
async function untilRefused(base: string, atLeastMs = 0): Promise<void> {
  const startedAt = performance.now();
  let status: number;
  do {
    ({ status } = await sendHttp(`${base}/readyz`));
  } while (status !== 503 || performance.now() - startedAt < atLeastMs);
}

async function storedSpans(serviceName: string): Promise<Record<string, number>> {
  const { rows } = await store.query<{ name: string; count: number }>(
    `select operation_name as name, count(*)::integer as count
     from observability.spans where service_name = $1::text group by 1 order by 1`,
    [serviceName],
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

describe('at SIGTERM a server of node:http', { timeout: 120_000 }, () => {
  it('refuses readiness and takes requests until the delay for load balancers is over, and closes then', async () => {
    const server = await start('delay', { drainDelayMs: 3_000, drainTimeoutMs: 20_000 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const before = await sendHttp(`${server.base}/fast`, { agent });

    server.child.kill('SIGTERM');
    await untilRefused(server.base);
    // The connection that was kept, and a new one: the port is open.
    const kept = await sendHttp(`${server.base}/fast`, { agent });
    const [live, late] = await Promise.all(['/livez', '/fast'].map((path) => sendHttp(server.base + path)));
    const ended = await server.ended;
    const after = await sendHttp(`${server.base}/livez`).catch((error: { code?: string }) => error.code);

    expect([before, kept, live, late].map((answer) => answer?.status)).toEqual([200, 200, 200, 200]);
    expect([before, kept].map(({ headers }) => headers.connection)).toEqual(['keep-alive', 'close']);
    expect([ended, after]).toEqual([{ code: null, signal: 'SIGTERM' }, 'ECONNREFUSED']);
    expect(await storedSpans('delay')).toEqual({ 'GET /fast': 3 });
  });

  it('answers all that load balancers sent meanwhile, over connections that are kept, and stores each once', async () => {
    const server = await start('load', { drainDelayMs: 3_000, drainTimeoutMs: 20_000 });
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    onTestFinished(() => agent.destroy());
    let isStopped = false;
    const statuses: number[] = [];
    const client = async (): Promise<void> => {
      while (!isStopped) {
        statuses.push((await sendHttp(`${server.base}/fast`, { agent })).status);
      }
    };
    const clients = Array.from({ length: 16 }, client);
    await server.entered('/fast');

    server.child.kill('SIGTERM');
    await untilRefused(server.base);
    // As a load balancer does: nothing new is sent to a server that has refused.
    isStopped = true;
    await Promise.all(clients);

    expect(await server.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await storedSpans('load')).toEqual({ 'GET /fast': statuses.length });
  });

  it('lets the request in flight finish, however many more SIGTERM come', async () => {
    const server = await start('twice', { drainDelayMs: 4_000, drainTimeoutMs: 20_000 });
    const slow = sendHttp(`${server.base}/slow`);
    await server.entered('/slow');

    server.child.kill('SIGTERM');
    await untilRefused(server.base);
    server.child.kill('SIGTERM');
    server.child.kill('SIGTERM');
    await untilRefused(server.base);
    await sendHttp(`${server.base}/release`);
    const answer = await slow;

    expect([answer.status, answer.body]).toEqual([200, 'done']);
    expect(await server.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await storedSpans('twice')).toEqual({ 'GET /release': 1, 'GET /slow': 1 });
  });

  it('takes Ctrl-C twice at once for one, and ends at a second one later', async () => {
    const server = await start('ctrl-c', { drainDelayMs: 100_000, drainTimeoutMs: 100_000 });
    server.child.kill('SIGINT');
    await untilRefused(server.base);
    // npm and the terminal both send it.
    server.child.kill('SIGINT');
    await untilRefused(server.base, 1_100);

    server.child.kill('SIGINT');

    expect(await server.ended).toEqual({ code: null, signal: 'SIGINT' });
  });

  it('cuts a request off that hangs longer than its time, says so, and stores what it knows', async () => {
    const server = await start('hangs', { drainTimeoutMs: 300 });
    const hanging = sendHttp(`${server.base}/hang`).catch((error: { code?: string }) => error.code);
    await server.entered('/hang');
    await sendHttp(`${server.base}/fast`);

    server.child.kill('SIGTERM');

    expect(await server.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await hanging).toBe('ECONNRESET');
    expect(await storedSpans('hangs')).toEqual({ 'GET /fast': 1, 'GET /hang': 1 });
    expect(server.log.filter((line) => line.includes('1 requests'))).toHaveLength(1);
  });
});

describe('handleSignals', () => {
  it.each([
    null,
    5,
    { server: null },
    { server: 'app' },
    { server: {} },
    { signals: 'SIGTERM' },
    { signals: [undefined] },
    { signals: ['SIGKILL'] },
    { signals: ['sigterm'] },
    { signals: ['toString'] },
    { signals: ['x'.repeat(10_000_000)] },
  ])('refuses options that are none, case %$', (options) => {
    const before = process.listenerCount('SIGTERM');
    const observability = createObservability({ serviceName: 'refused', store: memoryStore() });
    onTestFinished(() => observability.shutdown());

    expect(() => observability.handleSignals(options as never)).toThrow(/^\[INVALID_OPTION\] .{1,300}$/s);
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
