import type { ObservabilityMatchers } from './matchers.ts';

// Types only: import it once in a test setup file, beside expect.extend(observabilityMatchers).
declare global {
  namespace jest {
    interface Matchers<R, T> extends ObservabilityMatchers {}
  }
}

// For @jest/globals, whose matchers live in the package `expect`. It comes with jest and is not installed here.
// @ts-ignore
declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T> extends ObservabilityMatchers {}
}
