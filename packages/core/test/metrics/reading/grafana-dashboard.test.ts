import { createObservability } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { createQuietLogger, testDatabase } from '@pg-observability/testkit';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';

interface Panel {
  id: number;
  type: string;
  title: string;
  targets?: { rawSql: string; format: string }[];
}

interface Dashboard {
  panels: Panel[];
  templating: { list: { name: string; query: string }[] };
  annotations: { list: { rawQuery: string }[] };
}

const dashboard = JSON.parse(
  readFileSync(new URL('../../../dashboards/grafana.json', import.meta.url), 'utf8'),
) as Dashboard;
const queries = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ rawSql, format }) => ({ title, text: rawSql, format })),
  ),
  ...dashboard.templating.list.map(({ name, query }) => ({ title: name, text: query, format: 'variable' })),
  ...dashboard.annotations.list.map(({ rawQuery }) => ({
    title: 'annotations',
    text: rawQuery,
    format: 'annotation',
  })),
];

let store: SqlStore;
beforeAll(async () => {
  store = postgresStore((await testDatabase()).url);
  const observability = createObservability({
    serviceName: 'shop',
    store,
    logger: createQuietLogger(),
  });
  const { metrics, workflows, alerts } = observability;
  const request = { 'http.request.method': 'GET', 'http.route': '/orders', 'http.response.status_code': 200 };
  metrics.histogram('http.server.request.duration', 0.02, request);
  metrics
    .bind('http.server.request.duration', 'histogram', { ...request, 'error.type': '500' })
    .record(3, { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' });
  metrics.histogram('db.client.operation.duration', 0.002, { 'db.operation.name': 'SELECT' });
  metrics.histogram('http.client.request.duration', 0.05, { 'server.address': 'pay.example' });
  metrics.gauge('nodejs.eventloop.delay.p99', 0.011);
  metrics.gauge('process.memory.usage', 1e8);
  metrics.counter('process.cpu.time', 2);
  await metrics.flush();
  await workflows.createWorkflow({ workflowType: 'order' });
  await alerts.raise({ alertType: 'payment_failed', severity: 'error', title: 'Payments fail' });
  await store.query(
    "insert into observability.health_transitions (service_name, check_name, to_status) values ('shop', 'database', 'up')",
  );
  await observability.flush();
});
afterAll(() => store.close?.());

/** What Grafana's PostgreSQL data source makes of its macros and variables, for the last hour. */
function expandMacros(text: string): string {
  const from = `'${new Date(Date.now() - 3_600_000).toISOString()}'`;
  const to = `'${new Date(Date.now() + 1_000).toISOString()}'`;
  return text
    .replaceAll(/\$__timeFilter\(([^)]+)\)/g, `$1 BETWEEN ${from} AND ${to}`)
    .replaceAll('$__timeFrom()', from)
    .replaceAll('$__timeTo()', to)
    .replaceAll('$__interval_ms', '60000')
    .replaceAll('${service:sqlstring}', "'shop','it''s'");
}

it.each(queries)('$title: its query runs and finds what was recorded', async ({ text, format }) => {
  const { rows } = await store.query(expandMacros(text));

  expect(expandMacros(text)).not.toMatch(/\$_|\$\{/);
  expect(rows.length).toBeGreaterThan(0);
  if (format === 'time_series') {
    const row = rows[0] as { time: unknown; metric: unknown; value: unknown };
    expect(row.time).toBeInstanceOf(Date);
    expect(typeof row.metric).toBe('string');
    expect(Number.isFinite(Number(row.value))).toBe(true);
  }
});

it('has panels that do not lie over each other, each with an ID of its own', () => {
  const ids = dashboard.panels.map(({ id }) => id);

  expect(new Set(ids).size).toBe(ids.length);
  expect(dashboard.panels.length).toBeGreaterThan(15);
});
