import type { Entrance } from './entrance-observer.ts';

/** How the calls of a method enter the application. */
export interface HandlerOperation {
  /** What one call brings and is called. */
  describe(args: readonly unknown[]): Entrance;
  /** False for a call that is no entrance: a job that a request calls is a part of that request. */
  isEntrance(): boolean;
}
