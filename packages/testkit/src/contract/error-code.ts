import { ObservabilityError } from '@pg-observability/core';

/** The code a promise is rejected with; what else came of it, in words. */
export async function rejectionCode(promise: Promise<unknown>): Promise<string> {
  return (await rejection(promise))?.code ?? 'no ObservabilityError';
}

/** The error a promise is rejected with; undefined when it resolves, or rejects with another error. */
export async function rejection(promise: Promise<unknown>): Promise<ObservabilityError | undefined> {
  const reason: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  return reason instanceof ObservabilityError ? reason : undefined;
}
