import type { ErrorCode } from './error-codes.ts';

const BRAND: unique symbol = Symbol.for('pg-observability.error');

/** What an error can carry besides its message. */
export interface ObservabilityErrorOptions {
  /** The error underneath, for example the driver's. */
  cause?: unknown;
}

/**
 * The one error class of this library. Configured and awaited calls throw it or reject with it; recording calls never throw.
 *
 * The message begins with the code in brackets, because many tools show nothing but the message, then says what came, what
 * is expected and how to mend it.
 *
 * @example
 * ```ts
 * try {
 *   await workflows.transition(id, 'paid', 'running');
 * } catch (error) {
 *   if (error instanceof ObservabilityError && error.code === 'WORKFLOW_NOT_FOUND') { … }
 * }
 * ```
 */
export class ObservabilityError extends Error {
  /** Which kind of error it is; see `docs/errors.md`. */
  readonly code: ErrorCode;
  override readonly name: string = 'ObservabilityError';

  constructor(code: ErrorCode, message: string, options: ObservabilityErrorOptions = {}) {
    super(`[${code}] ${message}`, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    // Two copies of the library in one process recognise each other's errors by it; not enumerable, so that logs stay clean.
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
