export { ObservabilityTestingModule, TEST_OBSERVABILITY } from './observability-testing-module.ts';
export type { ObservabilityTestingOptions } from './observability-testing-module.ts';
