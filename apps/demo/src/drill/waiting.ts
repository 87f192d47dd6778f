import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL_MS = 50;

/**
 * Asks until the answer is neither undefined nor false. Rejections count as no answer yet.
 * @throws an Error that says what was waited for
 */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined | false> | Answer | undefined | false,
  limitMs = 60_000,
): Promise<Answer> {
  const deadline = performance.now() + limitMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) {
        return answer;
      }
    } catch (error) {
      last = error;
    }
    await delay(INTERVAL_MS);
  }
  const why = last instanceof Error ? ` The last answer was: ${last.message}` : '';
  throw new Error(`${what} did not happen within ${limitMs / 1_000} s.${why}`);
}

/** The status of a probe; 0 when nobody answers. */
export async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
