import type { DrillParts, Scene } from '../parts.ts';
import type { Report } from '../report.ts';
import { until } from '../waiting.ts';

/** The worker that fulfils orders is gone, and an order waits. */
export const orderStuck: Scene = {
  title: 'An order is stuck',

  async play({ alerts, workflows, hook, traffic, services, restart }: DrillParts, report: Report) {
    await services.fulfilment.end('SIGKILL');
    report.note('the worker that fulfils orders is killed');
    const { id } = await traffic.placeOrder();
    report.note(`order ${id} is placed`);
    const told = (event: string): typeof hook.notices =>
      hook.notices.filter(
        (notice) =>
          notice.event === event &&
          notice.alert.alertType === 'workflow_stuck' &&
          notice.alert.message.includes(id),
      );
    await until('the stuck order told', () => told('opened').length > 0, 90_000);
    const { title, message } = told('opened')[0]?.alert ?? { title: '', message: '' };
    report.note(`told: ${title}. ${message}`);
    report.check('the alert names the order', message.includes(id));
    const stuck = await workflows.stuck();
    report.check(
      'it is in the list of what is stuck',
      stuck.some(({ workflowId }) => workflowId === id),
      stuck.map(({ phase, reason }) => `${phase}, ${reason}`).join('; '),
    );
    await restart('fulfilment');
    report.note('the worker is back');
    await until(
      'the order shipped',
      async () => (await workflows.getWorkflow(id))?.currentPhase === 'shipped',
    );
    report.note('the order is shipped');
    await until('its end told', () => told('resolved').length > 0);
    const stored = (await alerts.list({ alertType: 'workflow_stuck' })).filter((alert) =>
      alert.message.includes(id),
    );
    report.check(
      'one alert, told when it began and when it was over',
      stored.length === 1 && told('opened').length === 1 && told('resolved').length === 1,
      `${stored[0]?.state}, ${stored[0]?.resolvedNote}`,
    );
  },
};
