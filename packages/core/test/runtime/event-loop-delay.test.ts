import { afterEach, expect, it } from 'vitest';
import { EventLoopDelay } from '../../src/runtime/event-loop-delay.ts';
import type { DelaySummary } from '../../src/runtime/event-loop-delay.ts';

let watching: EventLoopDelay | undefined;
afterEach(() => watching?.stop());

// The histogram measures from one turn of its timer to the next.
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
}

function block(forMs: number): void {
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    // Keeps the loop from turning.
  }
}

it('tells in seconds how long a blocked loop made its timers wait, and begins anew', async () => {
  const delay = new EventLoopDelay();
  watching = delay;
  const empty = delay.take();
  delay.start();
  let window: DelaySummary | undefined;
  await expect
    .poll(async () => {
      await turn();
      block(200);
      await turn();
      window = delay.take();
      return window?.max ?? 0;
    })
    .toBeGreaterThan(0.15);
  const { min, max, mean, p50, p90, p99 } = window as DelaySummary;

  expect(empty).toBeUndefined();
  expect(delay.take()?.max ?? 0).toBeLessThan(0.15);
  expect(max).toBeLessThan(5);
  // The loop turned before and after, and the interval of the timer is no delay.
  expect(min).toBeLessThan(0.15);
  expect([min, p50, p90, p99, max]).toEqual([min, p50, p90, p99, max].toSorted((a, b) => a - b));
  expect(mean).toBeGreaterThanOrEqual(min);
});
