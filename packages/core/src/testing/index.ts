export {
  assertMetric,
  assertQueryCount,
  assertReachedPhase,
  assertSpan,
  assertWorkflow,
  findSpans,
} from './assertions.ts';
export type { MetricExpectation, WorkflowExpectation } from './expectations.ts';
export { observabilityMatchers } from './matchers.ts';
export type { MatcherResult, ObservabilityMatchers } from './matchers.ts';
export { memoryStore } from './memory-store/memory-store.ts';
export type { MemoryStore } from './memory-store/memory-store.ts';
export type { RecordedSpan } from './recorded-span.ts';
export type { SpanFilter } from './span-filter.ts';
export { createTestObservability } from './test-observability.ts';
export type { TestObservability, TestObservabilityOptions } from './test-observability.ts';
