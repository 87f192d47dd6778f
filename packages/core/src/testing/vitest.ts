import type { ObservabilityMatchers } from './matchers.ts';

// Types only: import it once in a test setup file, beside expect.extend(observabilityMatchers).
// vitest is not a dependency of this package: whoever imports this has it.
// @ts-ignore
declare module 'vitest' {
  interface Matchers<T> extends ObservabilityMatchers {}
}
