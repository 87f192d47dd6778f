import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createQuietLogger } from '@pg-observability/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HealthChecker, httpCheck } from '../../../src/index.ts';
import type { HealthCheckSettings, HealthStatus, HttpCheckOptions } from '../../../src/index.ts';

const seen: { url: string | undefined; method: string | undefined; key: unknown }[] = [];
const server = createServer(({ url, method, headers }, response) => {
  seen.push({ url, method, key: headers['x-key'] });
  switch (url) {
    case '/moved':
      response.writeHead(302, { location: '/fine' }).end();
      break;
    case '/hangs':
      break;
    case '/endless':
      response.writeHead(200).write('x'.repeat(100_000));
      break;
    default:
      response.writeHead(url === '/fine' ? 200 : Number(url?.slice(1))).end('body');
  }
});
let base: string;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function probe(
  path: string,
  options?: HttpCheckOptions,
  settings: Partial<HealthCheckSettings> = {},
): Promise<HealthStatus['details']> {
  const api = { check: httpCheck(base + path, options), timeoutMs: 10_000, ...settings };
  const health = new HealthChecker(undefined, { checks: { api }, logger: createQuietLogger() });
  return (await health.readiness()).details;
}

describe('httpCheck', () => {
  it.each<[string, HttpCheckOptions | undefined, string]>([
    ['/fine', undefined, 'up'],
    ['/299', {}, 'up'],
    ['/endless', undefined, 'up'],
    ['/404', undefined, 'down'],
    ['/503', undefined, 'down'],
    ['/moved', undefined, 'down'],
    ['/moved', { status: 302 }, 'up'],
    ['/401', { status: [200, 401] }, 'up'],
    ['/fine', { status: [204] }, 'down'],
    ['/404', { status: (status) => status < 500 }, 'up'],
    ['/fine', { status: (() => 'yes') as never }, 'down'],
  ])('takes %s with %o for %s', async (path, options, expected) => {
    expect((await probe(path, options))?.['api']?.status).toBe(expected);
  });

  it('says what came, asks once with GET and its headers, and follows no redirect', async () => {
    seen.length = 0;

    const details = await probe('/moved', { headers: { 'x-key': 'mine' } });

    expect(details?.['api']?.message).toMatch(/^127\.0\.0\.1:\d+ answered 302$/);
    expect(seen).toEqual([{ url: '/moved', method: 'GET', key: 'mine' }]);
  });

  it('gives up in its time', async () => {
    const details = await probe('/hangs', {}, { timeoutMs: 50 });

    expect(details?.['api']).toMatchObject({ status: 'down', message: 'timed out after 50 ms' });
  });

  it('is down where nobody listens', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const health = new HealthChecker(undefined, {
      checks: { api: { check: httpCheck(`http://127.0.0.1:${port}/`), timeoutMs: 10_000 } },
      logger: createQuietLogger(),
    });

    expect((await health.readiness()).details?.['api']).toMatchObject({
      status: 'down',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ did not answer: .*ECONNREFUSED/),
    });
  });

  it.each([
    [undefined],
    [null],
    [5],
    [{}],
    [''],
    ['/livez'],
    ['ftp://files.internal/'],
    ['file:///etc/passwd'],
    ['http://app:hunter2@payments.internal/'],
    ['x'.repeat(10_000_000)],
    ['http://a/', null],
    ['http://a/', { status: 99 }],
    ['http://a/', { status: Number.NaN }],
    ['http://a/', { status: [] }],
    ['http://a/', { status: '200' }],
    ['http://a/', { headers: { 'a b': 'c' } }],
    ['http://a/', { headers: { a: 'b\nc' } }],
    ['http://a/', { headers: 5 }],
  ])('refuses what cannot be asked, case %$', (url, options: unknown = {}) => {
    expect(() => httpCheck(url as never, options as never)).toThrow(
      /^\[INVALID_ARGUMENT\] (?!.*hunter2).{1,400}$/s,
    );
  });
});
