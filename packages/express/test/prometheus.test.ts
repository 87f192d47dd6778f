import { parseDocument, sendHttp } from '@pg-observability/testkit';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { observability, type PrometheusMountOptions } from '../src/index.ts';
import { openApp, openInstance } from './open-app.ts';

describe('prometheus()', () => {
  it('shows the metrics of requests, and not those of its own', async () => {
    const { url, rows } = await openApp((telemetry) => {
      const app = express();
      app.use(telemetry.middleware());
      app.use('/metrics', telemetry.prometheus());
      app.get('/orders/:id', (_request, response) => {
        response.json({});
      });
      return app;
    });
    await sendHttp(`${url}/orders/7`);
    await sendHttp(`${url}/metrics/`);

    const { status, headers, body } = await sendHttp(`${url}/metrics?x=1`);

    const family = parseDocument(body, 'text').get('http_server_request_duration_seconds');
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(family?.type).toBe('histogram');
    expect(family?.samples.at(-1)).toEqual({
      name: 'http_server_request_duration_seconds_count',
      labels: {
        http_request_method: 'GET',
        http_response_status_code: '200',
        http_route: '/orders/:id',
        url_scheme: 'http',
      },
      value: 1,
    });
    expect(await rows.requests()).toHaveLength(1);
    expect((await rows.span()).operation_name).toBe('GET /orders/:id');
  });

  it('has the bounds and wants the secret that it is given, also as a route', async () => {
    const { url, observability: instance } = await openApp((telemetry) =>
      express().get('/metrics', telemetry.prometheus({ secret: 'scrape', buckets: { wait: [0.5, 2] } })),
    );
    instance.metrics.histogram('wait', 1);

    const refused = await sendHttp(`${url}/metrics`);
    const { body } = await sendHttp(`${url}/metrics`, {
      headers: { authorization: 'Bearer scrape', accept: 'application/openmetrics-text' },
    });

    expect([refused.status, refused.body]).toEqual([401, '']);
    expect(
      parseDocument(body, 'openmetrics')
        .get('wait')
        ?.samples.map(({ value }) => value),
    ).toEqual([0, 1, 1, 1, 1]);
  });

  it('leaves other methods to the application', async () => {
    const { url } = await openApp((telemetry) => {
      const app = express().use('/metrics', telemetry.prometheus());
      app.post('/metrics', (_request, response) => {
        response.status(201).end();
      });
      return app;
    });

    expect((await sendHttp(`${url}/metrics`, { method: 'POST' })).status).toBe(201);
  });

  it.each([[null], [{ secret: '' }], [{ buckets: { wait: [2, 1] } }], ['/metrics']])(
    'refuses the options %j',
    async (options) => {
      const { observability: instance } = await openInstance();

      const build = (): unknown =>
        observability({ observability: instance }).prometheus(options as unknown as PrometheusMountOptions);

      expect(build).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    },
  );
});
