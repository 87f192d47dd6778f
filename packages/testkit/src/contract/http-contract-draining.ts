import { expect, it } from 'vitest';
import { sendHttp, withKeptConnections } from './http-client.ts';
import type { WithHttpContractApp } from './http-contract-run.ts';

const PROBES = ['/livez', '/readyz', '/startupz'];

/** What an orchestrator sees. */
export function describeHttpDraining(withApp: WithHttpContractApp): void {
  it('answers the probes, and stores nothing about them', () =>
    withApp({}, async ({ app, rows }) => {
      const answers = await Promise.all(PROBES.map((path) => sendHttp(`${app.url}${path}?x=1`)));

      expect(
        answers.map(({ status, headers, body }) => [status, headers['cache-control'], JSON.parse(body)]),
      ).toEqual(PROBES.map(() => [200, 'no-store', { status: 'up' }]));
      expect([await rows.spans(), await rows.requests()]).toEqual([[], []]);
    }));

  it('answers HEAD for the probes without a body', () =>
    withApp({}, async ({ app }) => {
      const answers = await Promise.all(PROBES.map((path) => sendHttp(app.url + path, { method: 'HEAD' })));

      expect(answers.map(({ status, body }) => [status, body])).toEqual(PROBES.map(() => [200, '']));
    }));

  it('answers 503 when a check is down, without saying which', () =>
    withApp({ health: { checks: { payments: () => false } } }, async ({ app }) => {
      const [live, ready] = await Promise.all([sendHttp(`${app.url}/livez`), sendHttp(`${app.url}/readyz`)]);

      expect([live.status, ready.status, JSON.parse(ready.body)]).toEqual([200, 503, { status: 'down' }]);
    }));

  it('answers groups of your own below /healthz, and stores nothing about them', () => {
    const checks = { ledger: () => false };
    const groups = { ready: { exclude: ['ledger'] }, deep: ['ledger'] };
    return withApp({ health: { checks, groups, timeoutMs: 10_000 } }, async ({ app, rows }) => {
      const paths = ['/healthz/deep', '/healthz/deep/?x=1', '/readyz', '/healthz/nobody'];

      const answers = await Promise.all(paths.map((path) => sendHttp(app.url + path)));

      expect(answers.map(({ status }) => status)).toEqual([503, 503, 200, 404]);
      expect(answers[0]?.body).toBe('{"status":"down"}');
      expect((await rows.requests()).map(({ requests }) => requests)).toEqual([1]);
    });
  });

  it('answers 503 for the start until its check has passed once', () => {
    let hasStarted = false;
    return withApp({ health: { startupCheck: () => hasStarted } }, async ({ app }) => {
      const before = await sendHttp(`${app.url}/startupz`);
      hasStarted = true;
      const after = await sendHttp(`${app.url}/startupz`);
      hasStarted = false;
      const later = await sendHttp(`${app.url}/startupz`);

      expect([before.status, after.status, later.status]).toEqual([503, 200, 200]);
    });
  });

  it('refuses readiness while draining, stays alive, and lets the requests in flight finish', () =>
    withApp({}, async ({ app, handlers }) => {
      const inFlight = sendHttp(`${app.url}/gated`);
      await handlers.seen('gated');

      const drained = app.observability.drain();
      const answers = await Promise.all(
        ['/livez', '/readyz', '/plain'].map((path) => sendHttp(app.url + path)),
      );
      handlers.openGate();
      const answer = await inFlight;
      await drained;

      expect([...answers, answer].map(({ status }) => status)).toEqual([200, 503, 200, 200]);
      expect(app.observability.http.inFlight).toBe(0);
    }));

  it('asks clients to close their connections while draining, also those that wait for an answer', () =>
    withApp({}, ({ app, handlers }) =>
      withKeptConnections(async (agent) => {
        const before = await sendHttp(`${app.url}/plain`, { agent });
        const inFlight = sendHttp(`${app.url}/gated`, { agent });
        await handlers.seen('gated');

        const drained = app.observability.drain();
        const late = await sendHttp(`${app.url}/plain`, { agent });
        handlers.openGate();
        const answer = await inFlight;
        await drained;

        expect([before, late, answer].map(({ headers }) => headers.connection)).toEqual([
          'keep-alive',
          'close',
          'close',
        ]);
      }),
    ));

  it('stops waiting for requests in flight when the time is up', () =>
    withApp({ shutdown: { drainTimeoutMs: 20 } }, async ({ app, handlers }) => {
      const inFlight = sendHttp(`${app.url}/gated`);
      await handlers.seen('gated');

      await app.observability.drain();

      expect([app.observability.http.inFlight, await app.observability.http.untilIdle(1)]).toEqual([
        1,
        false,
      ]);
      handlers.openGate();
      expect((await inFlight).status).toBe(200);
    }));
}
