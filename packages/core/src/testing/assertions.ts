import type { MetricPoint } from '../metrics/metric.ts';
import type { WorkflowState } from '../workflows/workflow-state.ts';
import { expectMetric, expectPhase, expectQueries, expectSpan, expectWorkflow } from './expectations.ts';
import type { MetricExpectation, WorkflowExpectation } from './expectations.ts';
import { assertOutcome } from './outcome.ts';
import type { RecordedSpan } from './recorded-span.ts';
import type { SpanFilter } from './span-filter.ts';
import type { TestObservability } from './test-observability.ts';

/**
 * The recorded spans that match, in the order they began.
 * @example `const [server] = await findSpans(test, { kind: 'SERVER' });`
 */
export function findSpans(test: TestObservability, filter: SpanFilter = {}): Promise<RecordedSpan[]> {
  return test.spans(filter);
}

/**
 * Asserts that a span was recorded, and answers the first one that matches.
 * @param filter `name` (text or pattern), `kind`, `status`, `traceId`, `correlationId`, `attributes` (a subset)
 * @throws AssertionError that lists what was recorded
 * @example `await assertSpan(test, { name: 'GET /orders/:id', status: 'ERROR' });`
 */
export async function assertSpan(test: TestObservability, filter: SpanFilter): Promise<RecordedSpan> {
  const outcome = await expectSpan(test, filter);
  const [span] = await test.spans(filter);
  assertOutcome({ ...outcome, pass: outcome.pass && span !== undefined }, assertSpan);
  return span as RecordedSpan;
}

/**
 * Asserts that a metric was recorded, and answers its points.
 * @param expected `value` (the sum over its points), `sampleCount`, and the `labels` they must have
 * @throws AssertionError that lists what was recorded
 * @example `await assertMetric(test, 'orders.placed', { value: 2, labels: { channel: 'web' } });`
 */
export async function assertMetric(
  test: TestObservability,
  name: string,
  expected: MetricExpectation = {},
): Promise<MetricPoint[]> {
  assertOutcome(await expectMetric(test, name, expected), assertMetric);
  return test.metrics(name);
}

/**
 * Asserts where a workflow stands now, and answers its state.
 * @throws AssertionError; `WORKFLOW_ID_INVALID` for what is no UUID
 * @example `await assertWorkflow(test, order.id, { phase: 'paid', status: 'running' });`
 */
export async function assertWorkflow(
  test: TestObservability,
  workflowId: string,
  expected: WorkflowExpectation = {},
): Promise<WorkflowState> {
  assertOutcome(await expectWorkflow(test, workflowId, expected), assertWorkflow);
  return (await test.workflows.getWorkflow(workflowId)) as WorkflowState;
}

/**
 * Asserts that a workflow has been in a phase, whether or not it still is.
 * @throws AssertionError that tells the phases it went through; `WORKFLOW_ID_INVALID` for what is no UUID
 * @example `await assertReachedPhase(test, order.id, 'paid');`
 */
export async function assertReachedPhase(
  test: TestObservability,
  workflowId: string,
  phase: string,
): Promise<void> {
  assertOutcome(await expectPhase(test, workflowId, phase), assertReachedPhase);
}

/**
 * Runs `work`, asserts that it made at most so many database queries, and answers its result.
 *
 * Counted are the client spans with `db.system.name` that were recorded meanwhile, by whatever ran in this process: those of
 * `traceQueries` of @pg-observability/typeorm, or of an OpenTelemetry instrumentation. Our own statements are not among them.
 *
 * @param atMost a whole number, 0 or more
 * @throws AssertionError that lists the statements; what `work` throws
 * @example `await assertQueryCount(test, 3, () => fetch(`${url}/orders/42`));`
 */
export async function assertQueryCount<Result>(
  test: TestObservability,
  atMost: number,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  const before = new Set((await test.spans()).map(({ spanId }) => spanId));
  const result = await work();
  const spans = await test.spans();
  assertOutcome(
    expectQueries(
      spans.filter(({ spanId }) => !before.has(spanId)),
      atMost,
    ),
    assertQueryCount,
  );
  return result;
}
