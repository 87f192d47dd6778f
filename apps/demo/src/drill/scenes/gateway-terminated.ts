import type { DrillParts, Scene } from '../parts.ts';
import type { Report } from '../report.ts';
import { checkNothingLost } from '../stored.ts';
import { statusOf, until } from '../waiting.ts';

/** The gateway is told to end under load, as at each deployment; the load leaves when readiness is refused. */
export const gatewayTerminated: Scene = {
  title: 'The gateway gets SIGTERM under load',

  async play({ store, services, traffic, restart }: DrillParts, report: Report) {
    traffic.start();
    const { answered } = traffic;
    await until('traffic', () => traffic.answered > answered + 100);
    const { url } = services.gateway;
    const ending = services.gateway.end('SIGTERM');
    const sentAt = performance.now();
    report.note('SIGTERM is sent');
    await until('readiness refused', async () => (await statusOf(`${url}/readyz`)) === 503, 5_000);
    report.note('readiness is refused');
    report.check('it is alive meanwhile', (await statusOf(`${url}/livez`)) === 200);
    const during = traffic.answered;
    await until('requests answered meanwhile', () => traffic.answered > during, 5_000);
    await traffic.pause();
    const { code, signal } = await ending;
    const tookMs = performance.now() - sentAt;
    report.check(
      'it ends by itself within 8 s',
      (code === 0 || signal === 'SIGTERM') && tookMs <= 8_000,
      `${(tookMs / 1_000).toFixed(1)} s, ${code ?? signal}`,
    );
    report.check(
      'no request went without an answer',
      traffic.failures.length === 0,
      traffic.failures[0] ?? '',
    );
    await restart('gateway');
    report.note('the gateway is back');
    await checkNothingLost(store, traffic, report);
  },
};
