import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WatchedCheck } from '../../src/health/watched-check.ts';
import type { WatchedCheckSettings } from '../../src/health/watched-check.ts';
import type { HealthCheckDetail } from '../../src/health/health-status.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function watch(settings: Partial<WatchedCheckSettings>): {
  watched: WatchedCheck;
  answers: HealthCheckDetail[];
} {
  const answers: HealthCheckDetail[] = [];
  const watched = new WatchedCheck(
    { check: () => true, timeoutMs: 1_000, critical: true, cacheMs: 0, background: false, ...settings },
    { store: undefined, now: () => performance.now(), onAnswer: (detail) => answers.push(detail) },
  );
  return { watched, answers };
}

describe('a check whose answer is kept', () => {
  it('asks again once the answer is older than that, and says how old it is', async () => {
    const check = vi.fn(() => true);
    const { watched, answers } = watch({ check, cacheMs: 5_000 });
    const first = await watched.look();
    await vi.advanceTimersByTimeAsync(4_999);
    const kept = await watched.look();
    await vi.advanceTimersByTimeAsync(1);

    const second = await watched.look();

    expect([first, second].map((detail) => detail.ageMs)).toEqual([undefined, undefined]);
    expect(kept).toEqual({ ...first, ageMs: 4_999 });
    expect([check.mock.calls.length, answers.length]).toEqual([2, 2]);
  });

  it('keeps a failure as long as a success', async () => {
    const check = vi.fn(() => false);
    const { watched } = watch({ check, cacheMs: 5_000 });

    const statuses = [(await watched.look()).status, (await watched.look()).status];

    expect([statuses, check.mock.calls.length]).toEqual([['down', 'down'], 1]);
  });

  it('asks each time without it, and once for probes at the same time', async () => {
    const check = vi.fn(async () => true);
    const { watched, answers } = watch({ check });

    await Promise.all([watched.look(), watched.look()]);
    await watched.look();

    expect([check.mock.calls.length, answers.length]).toEqual([2, 2]);
  });
});

describe('a check in the background', () => {
  it('runs by itself from the first look on, and no look waits, also where it hangs', async () => {
    let answer: () => unknown = () => true;
    const check = vi.fn(() => answer());
    const { watched, answers } = watch({ check, background: true, cacheMs: 10_000 });
    const statuses = [(await watched.look()).status];
    await vi.advanceTimersByTimeAsync(0);
    statuses.push((await watched.look()).status);
    answer = () => new Promise(() => undefined);
    await vi.advanceTimersByTimeAsync(10_500);
    // It hangs now, and the answer before is told.
    statuses.push((await watched.look()).status);
    await vi.advanceTimersByTimeAsync(500);
    statuses.push((await watched.look()).status);

    expect(statuses).toEqual(['down', 'up', 'up', 'down']);
    expect([check.mock.calls.length, answers.map(({ status }) => status)]).toEqual([2, ['up', 'down']]);
    watched.stop();
  });

  it('begins once, ends with stop(), and keeps its last answer', async () => {
    const check = vi.fn(() => true);
    const { watched } = watch({ check, background: true, cacheMs: 1_000 });
    watched.start();
    watched.start();
    await vi.advanceTimersByTimeAsync(2_500);
    watched.stop();
    await vi.advanceTimersByTimeAsync(60_000);

    const detail = await watched.look();

    expect([check.mock.calls.length, vi.getTimerCount(), detail.status]).toEqual([3, 0, 'up']);
  });

  it('that is not critical is degraded before its first answer', async () => {
    const { watched } = watch({ background: true, critical: false });

    const looks = [await watched.look(), await watched.look(true)];

    expect(looks.map(({ status }) => status)).toEqual(['degraded', 'up']);
    watched.stop();
  });

  it('is not started by start() where it is not to run in the background', async () => {
    const check = vi.fn(() => true);

    watch({ check }).watched.start();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(check).not.toHaveBeenCalled();
  });
});
