import { AlertManager, MetricsCollector, WorkflowStateTracker } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { readRoutes, readTrace } from './read-report.ts';
import { toTable } from './text-table.ts';
import { traceToTree } from './trace-tree.ts';

/** What the report is about. */
export interface ReportInput {
  store: SqlStore;
  /** The order whose trace and workflow are shown. */
  order: { id: string; sku: string; correlationId: string };
  services: { name: string; url: string }[];
  databaseUrl: string;
  since: Date;
}

type Print = (line: string) => void;

/** Prints what a person wants to see: a trace, the request metrics, a workflow, the health, the alerts, where to look next. */
export async function printReport(input: ReportInput, print: Print): Promise<void> {
  const metrics = new MetricsCollector(input.store);
  await printTrace(input, print);
  await printRoutes(input, metrics, print);
  await printWorkflow(input, print);
  await printAlerts(input, print);
  await printHealth(input, print);
  printNextSteps(input, print);
  await metrics.shutdown();
}

async function printTrace({ store, order }: ReportInput, print: Print): Promise<void> {
  const { traceId, spans } = await readTrace(store, order.correlationId);
  const services = new Set(spans.map((span) => span.service));
  heading(print, `One order, one trace: ${spans.length} spans in ${services.size} services`);
  print(`order ${order.id}  correlation ID ${order.correlationId}  trace ${traceId}`);
  print('');
  traceToTree(spans).forEach((line) => print(line));
}

async function printRoutes(
  { store, since }: ReportInput,
  metrics: MetricsCollector,
  print: Print,
): Promise<void> {
  heading(print, 'Requests per route (http.server.request.duration, milliseconds)');
  const rows = await readRoutes(store, metrics, since);
  const cells = rows.map((row) => [
    row.service,
    row.method,
    row.route,
    row.status,
    row.count,
    row.p50 ?? '-',
    row.p95 ?? '-',
    row.p99 ?? '-',
  ]);
  toTable(['service', 'method', 'route', 'status', 'count', 'p50', 'p95', 'p99'], cells).forEach((line) =>
    print(line),
  );
}

async function printWorkflow({ store, order }: ReportInput, print: Print): Promise<void> {
  const workflows = new WorkflowStateTracker(store);
  const history = await workflows.history(order.id);
  heading(print, `The workflow of that order: ${history.length} transitions`);
  let before: Date | undefined;
  const rows = history.map((step) => {
    const after = before === undefined ? '' : `+${step.occurredAt.getTime() - before.getTime()} ms`;
    before = step.occurredAt;
    return [
      String(step.version),
      `${step.fromPhase ?? '-'} → ${step.toPhase}`,
      step.toStatus,
      step.actor ?? '-',
      step.occurredAt.toISOString(),
      after,
    ];
  });
  toTable(['#', 'phase', 'status', 'by', 'at', ''], rows).forEach((line) => print(line));
}

async function printAlerts({ store }: ReportInput, print: Print): Promise<void> {
  const alerts = await new AlertManager(store).list({ limit: 5 });
  heading(print, 'Alerts');
  const rows = alerts.map((alert) => [
    alert.severity,
    alert.state,
    alert.title,
    `${alert.count}×`,
    alert.serviceName ?? '-',
  ]);
  (rows.length === 0 ? ['none'] : toTable(['severity', 'state', 'title', 'raised', 'by'], rows)).forEach(
    (line) => print(line),
  );
}

async function printHealth({ services }: ReportInput, print: Print): Promise<void> {
  heading(print, 'Health');
  const rows = await Promise.all(
    services.map(async ({ name, url }) => {
      const answers = await Promise.all(
        ['/livez', '/readyz', '/startupz'].map((path) => probe(`${url}${path}`)),
      );
      return [name, ...answers];
    }),
  );
  toTable(['service', '/livez', '/readyz', '/startupz'], rows).forEach((line) => print(line));
}

async function probe(url: string): Promise<string> {
  const response = await fetch(url);
  const body = (await response.json()) as { status?: string };
  return `${response.status} ${body.status ?? ''}`.trim();
}

function printNextSteps({ services, databaseUrl, order }: ReportInput, print: Print): void {
  heading(print, 'Where to look next');
  services.forEach(({ name, url }) => print(`${name.padEnd(20)} ${url}/readyz`));
  print(
    `${'place an order'.padEnd(20)} curl -i ${services[0]?.url}/orders -H 'content-type: application/json' -d '{"sku":"lamp"}'`,
  );
  print(`${'Terminus'.padEnd(20)} curl ${services[1]?.url}/health`);
  print(
    `${'SQL'.padEnd(20)} psql '${databaseUrl}' -c "select operation_name, service_name, duration_ms from observability.v_spans where correlation_id = '${order.correlationId}' order by start_time"`,
  );
}

function heading(print: Print, text: string): void {
  print('');
  print(text);
  print('─'.repeat(text.length));
}
