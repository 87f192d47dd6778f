import { ObservabilityError } from '@pg-observability/core';

/**
 * Waits for `work` for a limited time.
 * @param work its result is of no use any more once the time is over
 * @param timeoutMs milliseconds
 * @param what names the work in the message
 * @throws `STORE_UNAVAILABLE` when the time is over, else what `work` rejects with
 */
export async function withinTime<Result>(
  work: Promise<Result>,
  timeoutMs: number,
  what: string,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new ObservabilityError(
            'STORE_UNAVAILABLE',
            `${what} took longer than ${timeoutMs} ms. Repeat it later.`,
          ),
        ),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    // The loser may still reject; nobody is left to hear it.
    work.catch(() => undefined);
  }
}
