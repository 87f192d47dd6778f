import { ObservabilityError } from '../errors/observability-error.ts';
import { redactText } from '../sanitize/redact.ts';
import { isTransient, sqlState } from './sql-state.ts';

/** Rejects with `STORE_UNAVAILABLE` when `work` has not settled after `timeoutMs` milliseconds. */
export async function withTimeout<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    // The loser may still reject; nobody is left to hear it.
    work.catch(() => undefined);
  }
}

/**
 * Turns what a driver threw into an `ObservabilityError`: `STORE_UNAVAILABLE` where a repeat may succeed, else
 * `STORE_FAILED`. Credentials in the driver's message are masked; the driver's error is the `cause`.
 */
export function toStoreError(error: unknown): ObservabilityError {
  if (error instanceof ObservabilityError) {
    return error;
  }
  const state = sqlState(error);
  const said = redactText(error instanceof Error ? error.message : String(error)) || 'no message';
  if (isTransient(error)) {
    return new ObservabilityError(
      'STORE_UNAVAILABLE',
      `The database did not take the call: ${said}. Repeat it later; with an idempotencyKey a repeat is safe.`,
      { cause: error },
    );
  }
  return new ObservabilityError(
    'STORE_FAILED',
    `The database refused the call (SQLSTATE ${state}): ${said}.`,
    {
      cause: error,
    },
  );
}

function timedOut(timeoutMs: number): ObservabilityError {
  return new ObservabilityError(
    'STORE_UNAVAILABLE',
    `The database did not answer within ${timeoutMs} ms. Repeat the call later, or raise timeoutMs.`,
  );
}
