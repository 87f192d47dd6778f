import { afterAll, beforeAll, expect, it } from 'vitest';
import { createQuietLogger } from '@pg-observability/testkit';
import { createDeferred } from '../health/deferred.ts';
import { startLoopback, startSubject } from './fixture.ts';
import type { Loopback } from './fixture.ts';

let server: Loopback;
beforeAll(async () => {
  server = await startLoopback();
});
afterAll(() => server.close());

it('leaves alone what Sentry delivers to its own service, from within a job too', async () => {
  const subject = await startSubject();

  await subject.inJob(() => fetch(`${server.url}/api/1/envelope/?sentry_key=key`, { method: 'POST' }));

  expect(await subject.clientSpans()).toEqual([]);
  expect(await subject.counted()).toEqual([]);
  expect(server.seen.at(-1)?.headers).not.toHaveProperty('x-correlation-id');
  await subject.close();
});

it('says nothing of a call that ends after the shutdown', async () => {
  const logger = createQuietLogger();
  const subject = await startSubject({ logger });
  const answer = createDeferred<undefined>();
  const slow = await startLoopback((_request, response) => {
    void answer.promise.then(() => response.end('late'));
  });

  const call = fetch(slow.url);
  await subject.observability.shutdown();
  answer.resolve(undefined);
  await (await call).text();

  expect(logger.lines).toEqual([]);
  expect(subject.observability.stats().metrics.dropped).toEqual({});
  await slow.close();
});
