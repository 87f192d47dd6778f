import { isDeepStrictEqual } from 'node:util';
import type { MetricPoint } from '../metrics/metric.ts';
import type { WorkflowState } from '../workflows/workflow-state.ts';
import { describeCondition, describeList, describeSpans } from './describe-recorded.ts';
import type { Outcome } from './outcome.ts';
import type { RecordedSpan } from './recorded-span.ts';
import { isQuerySpan, matchesSpan } from './span-filter.ts';
import type { SpanFilter } from './span-filter.ts';
import type { TestObservability } from './test-observability.ts';

/** What a metric is expected to be. */
export interface MetricExpectation {
  /** Sum of the values of all points: of a counter, how often; of a histogram, the sum of its observations. */
  value?: number | undefined;
  /** How many observations there are. */
  sampleCount?: number | undefined;
  /** Only points that have all of these labels. */
  labels?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** Where a workflow is expected to stand. */
export interface WorkflowExpectation {
  phase?: string | undefined;
  status?: string | undefined;
  workflowType?: string | undefined;
}

/** Whether a span like this was recorded. */
export async function expectSpan(test: TestObservability, filter: SpanFilter): Promise<Outcome> {
  const spans = await test.spans();
  const found = spans.filter((span) => matchesSpan(span, filter));
  return {
    pass: found.length > 0,
    message: `${found.length === 0 ? 'No' : `${found.length}`} span matches ${describeCondition(filter)}.\n${describeSpans(spans, test.observability)}`,
  };
}

/** Whether a metric was recorded, with this value. */
export async function expectMetric(
  test: TestObservability,
  name: string,
  { value, sampleCount, labels = {} }: MetricExpectation,
): Promise<Outcome> {
  const all = await test.metrics();
  const points = all.filter((point) => point.name === name && hasLabels(point, labels));
  const actual = {
    value: points.reduce((sum, point) => sum + point.value, 0),
    sampleCount: points.reduce((sum, point) => sum + point.sampleCount, 0),
  };
  const expected = { value: value ?? actual.value, sampleCount: sampleCount ?? actual.sampleCount };
  const lines = all.map((point) => `${point.name} ${JSON.stringify(point.labels)} ${point.value}`);
  return {
    pass: points.length > 0 && isDeepStrictEqual(actual, expected),
    message: `Metric ${name} ${describeCondition({ value, sampleCount, labels })}: found ${points.length === 0 ? 'no point' : describeCondition(actual)}.\n${lines.length === 0 ? 'No metric was recorded.' : describeList('Recorded metrics', lines)}`,
  };
}

/** Whether a workflow stands where it is expected to. */
export async function expectWorkflow(
  test: TestObservability,
  workflowId: string,
  { phase, status, workflowType }: WorkflowExpectation,
): Promise<Outcome> {
  const state = await test.workflows.getWorkflow(workflowId);
  if (state === null) {
    return { pass: false, message: await describeMissingWorkflow(test, workflowId) };
  }
  const actual = describeState(state);
  const expected = {
    phase: phase ?? actual.phase,
    status: status ?? actual.status,
    workflowType: workflowType ?? actual.workflowType,
  };
  return {
    pass: isDeepStrictEqual(actual, expected),
    message: `Workflow ${workflowId} is ${describeCondition(actual)}; asked for ${describeCondition({ phase, status, workflowType })}.`,
  };
}

/** Whether a workflow has ever been in a phase. */
export async function expectPhase(
  test: TestObservability,
  workflowId: string,
  phase: string,
): Promise<Outcome> {
  if ((await test.workflows.getWorkflow(workflowId)) === null) {
    return { pass: false, message: await describeMissingWorkflow(test, workflowId) };
  }
  const phases = (await test.workflows.history(workflowId)).map(({ toPhase }) => toPhase);
  return {
    pass: phases.includes(phase),
    message: `Asked whether workflow ${workflowId} has reached '${phase}'; it went ${phases.join(' → ')}.`,
  };
}

/** Whether there are at most so many queries among the spans. */
export function expectQueries(spans: readonly RecordedSpan[], atMost: number): Outcome {
  const queries = spans.filter(isQuerySpan);
  const lines = queries.map(({ name, attributes }) =>
    String(attributes['db.query.text'] ?? name).slice(0, 160),
  );
  return {
    pass: queries.length <= atMost,
    message: `${queries.length} queries were made; at most ${atMost} were asked for.${lines.length === 0 ? '' : `\n${describeList('Queries', lines)}`}`,
  };
}

async function describeMissingWorkflow(test: TestObservability, workflowId: string): Promise<string> {
  const known = await test.workflows.listWorkflows({ limit: 20 });
  const lines = known.map((state) => `${state.workflowId} ${describeCondition(describeState(state))}`);
  return `There is no workflow ${workflowId}.\n${lines.length === 0 ? 'No workflow was created.' : describeList('Workflows', lines)}`;
}

function describeState(state: WorkflowState): Required<WorkflowExpectation> {
  return { phase: state.currentPhase, status: state.status, workflowType: state.workflowType };
}

function hasLabels(point: MetricPoint, labels: NonNullable<MetricExpectation['labels']>): boolean {
  return Object.entries(labels).every(([key, value]) => point.labels[key] === String(value));
}
