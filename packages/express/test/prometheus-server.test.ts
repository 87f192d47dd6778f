import { checkWithPromtool, findPrometheus, sendHttp, startPrometheus } from '@pg-observability/testkit';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openApp, type TestApp } from './open-app.ts';

const isInstalled = findPrometheus() !== undefined;
const SECRET = 'scrape';

describe.skipIf(!isInstalled)(
  'a real Prometheus (skipped where it is not installed: apt-get install prometheus)',
  () => {
    it('finds nothing to say about the document', async () => {
      const { url } = await openShop();

      const { body } = await sendHttp(`${url}/metrics`, { headers: { authorization: `Bearer ${SECRET}` } });

      expect(body).toContain('http_server_request_duration_seconds_bucket');
      expect(checkWithPromtool(body)).toBe('');
      expect(
        checkWithPromtool(body.replace('# TYPE shop_orders_total counter', '# TYPE shop_orders_total sum')),
      ).not.toBe('');
    });

    it('scrapes the application, answers queries and has the exemplars', async () => {
      const { url } = await openShop();
      const prometheus = await startPrometheus({ url: `${url}/metrics`, secret: SECRET });
      onTestFinished(() => prometheus.close());

      const [up] = await prometheus.query('up == 1');
      const requests = await prometheus.query('http_server_request_duration_seconds_count');
      const [slow] = await prometheus.query('histogram_quantile(0.5, shop_wait_seconds_bucket)');
      const [info] = await prometheus.query(
        'shop_orders_total * on (job, instance) group_left (service_name) target_info',
      );
      const exemplars = await prometheus.exemplars('http_server_request_duration_seconds_bucket');
      const [clashes] = await prometheus.query('sum(pg_observability_prometheus_clashes)');
      const [scraped] = await prometheus.query('scrape_samples_scraped');

      expect(up?.metric['job']).toBe('test');
      expect(requests.map(({ metric, value }) => [metric['http_route'], value[1]])).toEqual([
        ['/orders/:id', '3'],
      ]);
      expect(Number(slow?.value[1])).toBeGreaterThan(0.25);
      expect(Number(slow?.value[1])).toBeLessThanOrEqual(0.5);
      expect([info?.value[1], info?.metric['service_name']]).toEqual([
        '3',
        expect.stringMatching(/^express-/u),
      ]);
      expect(exemplars[0]?.exemplars[0]?.labels).toEqual({
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/u),
        span_id: expect.stringMatching(/^[0-9a-f]{16}$/u),
      });
      expect([clashes?.value[1], Number(scraped?.value[1])]).toEqual(['0', expect.any(Number)]);
    });
  },
);

/** An application that has answered three requests and shows its metrics to who has the secret. */
async function openShop(): Promise<TestApp> {
  const app = await openApp((telemetry) => {
    const { metrics } = telemetry.observability;
    const shop = express();
    shop.use('/metrics', telemetry.prometheus({ secret: SECRET }));
    shop.use(telemetry.middleware());
    shop.get('/orders/:id', (_request, response) => {
      metrics.counter('shop.orders', 1, { kind: 'a "quoted"\nkind' });
      metrics.histogram('shop.wait', 0.3, {}, { unit: 's' });
      metrics.gauge('shop.fill', 0.5, {}, { unit: '1' });
      response.json({});
    });
    return shop;
  });
  await app.observability.start();
  for (const id of [1, 2, 3]) {
    await sendHttp(`${app.url}/orders/${id}`);
  }
  return app;
}
