import type { DrillParts, Scene } from '../parts.ts';
import type { Report } from '../report.ts';
import { checkNothingLost, evaluatorOf } from '../stored.ts';
import { statusOf, until } from '../waiting.ts';

const AWAY_MS = 12_000;

/** PostgreSQL, which holds the orders and the telemetry, is stopped under load. */
export const databaseStopped: Scene = {
  title: 'The database is stopped',

  async play({ server, store, alerts, hook, services, traffic }: DrillParts, report: Report) {
    const all = Object.values(services);
    const probe = async (path: string): Promise<number[]> =>
      Promise.all(all.map(({ url }) => statusOf(`${url}${path}`)));
    const told = (event: string): typeof hook.notices =>
      hook.notices.filter((notice) => notice.event === event && notice.alert.alertType === 'database_away');
    await until('an evaluator', () => evaluatorOf(store, 'nestjs-orders'));
    traffic.start();
    await until('traffic', () => traffic.answered > 50);
    const before = { ...traffic.statuses };
    const stoppedAt = performance.now();
    await server.halt('fast');
    report.note('PostgreSQL is stopped, the traffic goes on');
    await until('readiness refused', async () => (await probe('/readyz')).every((status) => status === 503));
    report.note('every service refuses readiness');
    const live = await probe('/livez');
    report.check(
      'every service is alive',
      live.every((status) => status === 200),
      live.join(' '),
    );
    await until('the alert told', () => told('opened').length > 0);
    report.note(`told: ${told('opened')[0]?.alert.title}. ${told('opened')[0]?.alert.message}`);
    await until('the outage long enough', () => performance.now() - stoppedAt >= AWAY_MS);
    report.check('told once while it is away', told('opened').length === 1, `${told('opened').length} times`);
    await server.start();
    report.note('PostgreSQL is back');
    await until('readiness', async () => (await probe('/readyz')).every((status) => status === 200));
    report.note('every service is ready');
    const [alert] = await until('the alert stored', async () => {
      const open = await alerts.list({ alertType: 'database_away', state: 'firing' });
      return open.length > 0 && open;
    });
    await acknowledge(services.orders2.url, alert?.id ?? 0);
    report.note(`alert ${alert?.id} is stored, and taken on by ann`);
    await until('its end told', () => told('resolved').length > 0);
    report.note(`told: resolved. ${(await alerts.get(alert?.id ?? 0))?.resolvedNote}`);
    await traffic.pause();
    const history = await alerts.history(alert?.id ?? 0);
    report.check(
      'one alert, fired, taken on and resolved, and told of each',
      (await alerts.list({ alertType: 'database_away' })).length === 1 &&
        ['opened', 'acknowledged', 'resolved'].every((event) => told(event).length === 1),
      history.map(({ to, by, note }) => `${to} by ${by ?? '-'}${note ? ` (${note})` : ''}`).join(', '),
    );
    const failed = Object.entries(traffic.statuses).filter(([status]) => Number(status) >= 500);
    report.note(
      `answers while the database was away: ${failed.map(([status, count]) => `${count - (before[status] ?? 0)} × ${status}`).join(', ')}`,
    );
    report.check(
      'no request went without an answer',
      traffic.failures.length === 0,
      traffic.failures[0] ?? '',
    );
    await checkNothingLost(store, traffic, report);
  },
};

/** By whichever process of the order service. */
async function acknowledge(url: string, id: number): Promise<void> {
  const response = await fetch(`${url}/alerts/${id}/acknowledge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ by: 'ann', note: 'it was me' }),
  });
  if (!response.ok) {
    throw new Error(`acknowledge answered ${response.status}: ${await response.text()}`);
  }
}
