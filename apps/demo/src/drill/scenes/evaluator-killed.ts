import type { DrillParts, Scene } from '../parts.ts';
import type { Report } from '../report.ts';
import { evaluatorOf } from '../stored.ts';
import { until } from '../waiting.ts';

const SERVICE = 'nestjs-orders';
const FAILING_REQUESTS = 20;

/** One of two processes evaluates the rules; it is killed. */
export const evaluatorKilled: Scene = {
  title: 'The process that evaluates the alert rules is killed',

  async play({ store, alerts, hook, services, restart }: DrillParts, report: Report) {
    const pid = await until('an evaluator', () => evaluatorOf(store, SERVICE));
    const names = ['orders', 'orders2'] as const;
    const killed = names.find((name) => services[name].pid === pid) ?? 'orders';
    const other = killed === 'orders' ? 'orders2' : 'orders';
    report.note(`two processes of ${SERVICE}; process ${pid} has the lease alerts/${SERVICE}`);
    await services[killed].end('SIGKILL');
    report.note(`process ${pid} is killed; ${FAILING_REQUESTS} requests to the other one fail`);
    const beganAt = performance.now();
    const statuses = await Promise.all(
      Array.from({ length: FAILING_REQUESTS }, () => orderNonsense(services[other].url)),
    );
    report.check(
      'they are answered with 500',
      statuses.every((status) => status === 500),
      statuses.join(' ').replace(/^((\d+)( \2)*)$/, `$2 × ${statuses.length}`),
    );
    const next = await until('another evaluator', async () => {
      const holder = await evaluatorOf(store, SERVICE);
      return holder !== pid && holder;
    });
    const tookMs = performance.now() - beganAt;
    report.note(`process ${next} has the lease`);
    report.check('taken over within 16 s', tookMs <= 16_000, `${(tookMs / 1_000).toFixed(1)} s`);
    const opened = (): typeof hook.notices =>
      hook.notices.filter(({ event, alert }) => event === 'opened' && alert.alertType === 'requests_fail');
    await until('the alert told', () => opened().length > 0);
    report.note(`told: ${opened()[0]?.alert.title}. ${opened()[0]?.alert.message}`);
    await restart(killed);
    report.note(`${SERVICE} has two processes again`);
    const stored = await alerts.list({ alertType: 'requests_fail' });
    report.check(
      'one alert, told once',
      stored.length === 1 && opened().length === 1,
      `${stored.length} stored, ${opened().length} told`,
    );
  },
};

/** A quantity the database does not take. */
async function orderNonsense(url: string): Promise<number> {
  const response = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sku: 'lamp', quantity: 'a few' }),
  });
  await response.arrayBuffer();
  return response.status;
}
