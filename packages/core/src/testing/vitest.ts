// Adding to a module does not bring it in.
import type {} from 'vitest';
import type { ObservabilityMatchers } from './matchers.ts';

// Types only: import it once in a test setup file, beside expect.extend(observabilityMatchers). Typed are the matchers of
// vitest 3.2 and later; the peer is of any version, so that types alone keep nobody from installing beside an older one.
declare module 'vitest' {
  interface Matchers<T> extends ObservabilityMatchers {}
}
