import type { JsonValue } from '../sanitize/json-value.ts';
import { expectMetric, expectPhase, expectQueries, expectSpan, expectWorkflow } from './expectations.ts';
import type { MetricExpectation, WorkflowExpectation } from './expectations.ts';
import type { Outcome } from './outcome.ts';
import type { SpanFilter } from './span-filter.ts';
import type { TestObservability } from './test-observability.ts';

/** What vitest and jest want of a matcher. */
export interface MatcherResult {
  pass: boolean;
  message: () => string;
}

/** The matchers as they are called on `expect(test)`; each is awaited, because spans end after the answer is sent. */
export interface ObservabilityMatchers<Result = Promise<void>> {
  /**
   * A span like this was recorded.
   * @param name the whole name or a pattern, or a filter
   * @param attributes attributes it has, among others
   */
  toHaveSpan(name: string | RegExp | SpanFilter, attributes?: Readonly<Record<string, JsonValue>>): Result;
  /** A metric was recorded, with this sum, number of observations and labels. */
  toHaveMetric(name: string, expected?: MetricExpectation): Result;
  /** A workflow stands here now. */
  toHaveWorkflow(workflowId: string, expected?: WorkflowExpectation): Result;
  /** A workflow has been in this phase. */
  toHaveReachedPhase(workflowId: string, phase: string): Result;
  /** At most so many database queries were recorded since the recorder was made or reset. */
  toHaveMadeAtMostQueries(atMost: number): Result;
}

type Received<Matcher> = Matcher extends (...values: infer Values) => unknown
  ? (test: TestObservability, ...values: Values) => Promise<MatcherResult>
  : never;

/**
 * Matchers for `expect.extend` of vitest and jest. Their types come with `import '@pg-observability/core/testing/vitest'` or
 * `import '@pg-observability/core/testing/jest'`.
 *
 * @example
 * ```ts
 * expect.extend(observabilityMatchers);
 * await expect(test).toHaveSpan('GET /orders/:id', { 'http.response.status_code': 500 });
 * await expect(test).not.toHaveReachedPhase(order.id, 'paid');
 * await expect(test).toHaveMadeAtMostQueries(3);
 * ```
 */
export const observabilityMatchers: {
  readonly [Name in keyof ObservabilityMatchers]: Received<ObservabilityMatchers[Name]>;
} = {
  toHaveSpan: async (test, name, attributes) =>
    toResult(
      await expectSpan(assertTest(test), {
        ...(typeof name === 'string' || name instanceof RegExp ? { name } : name),
        ...(attributes === undefined ? {} : { attributes }),
      }),
    ),
  toHaveMetric: async (test, name, expected = {}) =>
    toResult(await expectMetric(assertTest(test), name, expected)),
  toHaveWorkflow: async (test, workflowId, expected = {}) =>
    toResult(await expectWorkflow(assertTest(test), workflowId, expected)),
  toHaveReachedPhase: async (test, workflowId, phase) =>
    toResult(await expectPhase(assertTest(test), workflowId, phase)),
  toHaveMadeAtMostQueries: async (test, atMost) =>
    toResult(expectQueries(await assertTest(test).spans(), atMost)),
};

function toResult({ pass, message }: Outcome): MatcherResult {
  return { pass, message: () => message };
}

function assertTest(test: Partial<TestObservability> | null | undefined): TestObservability {
  if (typeof test?.spans !== 'function') {
    throw new TypeError('Expected expect(test) with what createTestObservability() returned.');
  }
  return test as TestObservability;
}
