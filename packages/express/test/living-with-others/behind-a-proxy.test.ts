import { sendHttp } from '@pg-observability/testkit';
import { expect, it } from 'vitest';
import { express5 } from '../express-versions.ts';
import { openApp } from '../open-app.ts';

const FORWARDED = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' };

it.each([
  { trust: 'loopback', address: '203.0.113.7', scheme: 'https' },
  { trust: false, address: '127.0.0.1', scheme: 'http' },
  { trust: refuseToDecide, address: '127.0.0.1', scheme: 'http' },
])('knows client and scheme behind the proxy that is trusted: $trust', async ({ trust, address, scheme }) => {
  const app = await openApp((telemetry) => {
    const express = express5();
    express.set('trust proxy', trust);
    express.use(telemetry.middleware());
    express.get('/', (_request, response) => {
      response.end();
    });
    return express;
  });

  await sendHttp(app.url, { headers: FORWARDED });

  const { attributes } = await app.rows.span();
  expect(attributes).toMatchObject({
    'client.address': address,
    'network.peer.address': '127.0.0.1',
    'url.scheme': scheme,
  });
});

function refuseToDecide(): never {
  throw new Error('no list of proxies');
}
