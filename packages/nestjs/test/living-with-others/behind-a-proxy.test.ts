import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createHttpRows, testDatabase } from '@pg-observability/testkit';
import { expect, it } from 'vitest';
import { ObservabilityModule } from '../../src/index.ts';
import { startApplication } from '../support/start-application.ts';

const database = await testDatabase();

function createExpressAdapter(): ExpressAdapter {
  const adapter = new ExpressAdapter();
  adapter.set('trust proxy', 'loopback');
  return adapter;
}

it.each([
  ['express', createExpressAdapter()],
  ['fastify', new FastifyAdapter({ trustProxy: 'loopback' })],
])('knows client and scheme behind the proxy that is trusted on %s', async (platform, adapter) => {
  const observability = ObservabilityModule.forRoot({
    serviceName: `proxied-${platform}`,
    store: postgresStore(database.url),
  });
  await using application = await startApplication(
    { module: class AppModule {}, imports: [observability] },
    adapter,
  );

  await fetch(application.url, {
    headers: { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' },
  });

  const { attributes } = await createHttpRows(application.observability).span();
  expect(attributes).toMatchObject({
    'client.address': '203.0.113.7',
    'network.peer.address': '127.0.0.1',
    'url.scheme': 'https',
  });
});
