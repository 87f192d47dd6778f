import { AssertionError } from 'node:assert';

/** Whether an expectation holds, and what to say where it should have (or should not have). */
export interface Outcome {
  readonly pass: boolean;
  /** What was expected and what there is. */
  readonly message: string;
}

/**
 * Throws where the expectation does not hold.
 * @throws AssertionError, which every test runner knows
 */
export function assertOutcome({ pass, message }: Outcome, caller: (...values: never[]) => unknown): void {
  if (!pass) {
    throw new AssertionError({ message, operator: caller.name, stackStartFn: caller });
  }
}
