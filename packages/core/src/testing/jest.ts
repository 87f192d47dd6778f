// Adding to a module does not bring it in.
import type {} from 'expect';
import type { ObservabilityMatchers } from './matchers.ts';

// Types only: import it once in a test setup file, beside expect.extend(observabilityMatchers).
declare global {
  namespace jest {
    interface Matchers<R, T> extends ObservabilityMatchers {}
  }
}

// For @jest/globals, whose matchers live in the package `expect`. It comes with jest. As a peer of any version: for types alone
// nobody is to be kept from installing beside an older jest.
declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T> extends ObservabilityMatchers {}
}
