import { sendHttp } from '@pg-observability/testkit';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { observability, type ProbeOptions } from '../src/index.ts';
import { openApp, openInstance } from './open-app.ts';

describe('probes()', () => {
  it('stores nothing about them, also below a mount and behind the request telemetry', async () => {
    const { url, rows } = await openApp((telemetry) => {
      const app = express();
      app.use(telemetry.middleware());
      app.use('/internal/:zone', telemetry.probes());
      return app;
    });

    const { status, headers } = await sendHttp(`${url}/internal/a/readyz/`);

    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect([await rows.spans(), await rows.requests()]).toEqual([[], []]);
  });

  it('have the paths they are given, and none where that is false', async () => {
    const { url } = await openApp((telemetry) => {
      const paths = { liveness: '/health/live', readiness: '/health/ready/', startup: false } as const;
      return express().use(telemetry.probes({ paths }));
    });

    const answers = await Promise.all(
      ['/health/live', '/health/ready', '/livez', '/readyz', '/startupz'].map((path) => sendHttp(url + path)),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 404, 404]);
  });

  it('leave other methods to the application', async () => {
    const { url } = await openApp((telemetry) => {
      const app = express().use(telemetry.probes());
      app.post('/livez', (_request, response) => {
        response.status(201).end();
      });
      return app;
    });

    expect((await sendHttp(`${url}/livez`, { method: 'POST' })).status).toBe(201);
  });

  it('tell each check only to whom that is allowed', async () => {
    const { url } = await openApp((telemetry) =>
      express().use(telemetry.probes({ showDetails: ({ headers }) => headers['x-ops'] === 'yes' })),
    );

    const [hidden, shown] = await Promise.all([
      sendHttp(`${url}/readyz`),
      sendHttp(`${url}/readyz`, { headers: { 'x-ops': 'yes' } }),
    ]);

    expect(JSON.parse(hidden.body)).toEqual({ status: 'up' });
    expect(JSON.parse(shown.body)).toEqual({
      status: 'up',
      message: 'ready',
      checks: {
        database: { status: 'up', durationMs: expect.any(Number) },
        telemetry: { status: 'up', durationMs: expect.any(Number) },
      },
    });
  });

  it('hide the details when the function that decides throws', async () => {
    const showDetails = (): boolean => {
      throw new Error('no idea');
    };
    const { url } = await openApp((telemetry) => express().use(telemetry.probes({ showDetails })));

    const { status, body } = await sendHttp(`${url}/readyz`);

    expect([status, JSON.parse(body)]).toEqual([200, { status: 'up' }]);
  });

  it.each([[{ paths: { liveness: 'livez' } }], [{ paths: { readiness: 5 } }], [{ showDetails: 'yes' }]])(
    'refuse the options %j',
    async (options) => {
      const { observability: instance } = await openInstance();

      const build = (): unknown =>
        observability({ observability: instance }).probes(options as unknown as ProbeOptions);

      expect(build).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    },
  );
});
