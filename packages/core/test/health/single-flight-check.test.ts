import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SingleFlightCheck } from '../../src/health/single-flight-check.ts';
import type { HealthCheckContext } from '../../src/health/health-check.ts';
import { createDeferred } from './deferred.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const aDuration: unknown = expect.any(Number);
const never = (): Promise<never> => new Promise(() => undefined);

describe('SingleFlightCheck', () => {
  it('shares one run among the probes that come while it runs, and starts anew afterwards', async () => {
    const { promise, resolve } = createDeferred<boolean>();
    const check = vi.fn(() => promise);
    const single = new SingleFlightCheck({ check, timeoutMs: 1_000, critical: true }, undefined);
    const probes = [single.run(), single.run(), single.run()];
    resolve(true);
    const answers = await Promise.all(probes);

    await single.run();

    expect(answers).toEqual(answers.map(() => ({ status: 'up', durationMs: aDuration })));
    expect(check).toHaveBeenCalledTimes(2);
  });

  it('aborts the signal when the time is up', async () => {
    let given: HealthCheckContext | undefined;
    const check = (context: HealthCheckContext): Promise<never> => {
      given = context;
      return never();
    };
    const single = new SingleFlightCheck({ check, timeoutMs: 1_000, critical: true }, undefined);
    const probe = single.run();
    const abortedBefore = given?.signal.aborted;

    await vi.advanceTimersByTimeAsync(1_000);

    expect(await probe).toEqual({ status: 'down', durationMs: 1_000, message: 'timed out after 1000 ms' });
    expect([abortedBefore, given?.signal.aborted]).toEqual([false, true]);
    expect(given?.signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('says at once that an earlier run hangs, and starts anew when it has ended', async () => {
    const { promise, reject } = createDeferred<boolean>();
    const check = vi.fn(() => promise);
    const single = new SingleFlightCheck({ check, timeoutMs: 1_000, critical: true }, undefined);
    void single.run();
    await vi.advanceTimersByTimeAsync(5_000);
    const hanging = await single.run();
    reject(new Error('reset by peer'));
    await vi.advanceTimersByTimeAsync(0);
    check.mockImplementation(async () => true);

    const after = await single.run();

    expect(hanging).toEqual({
      status: 'down',
      durationMs: 5_000,
      message: 'has not answered since an earlier probe, 5000 ms ago',
    });
    expect([after.status, check.mock.calls.length]).toEqual(['up', 2]);
  });

  it('tries again once a minute beside a run that hangs for ever, so that a recovered dependency is seen', async () => {
    const check = vi.fn<() => Promise<boolean>>(never);
    const single = new SingleFlightCheck({ check, timeoutMs: 1_000, critical: true }, undefined);
    void single.run();
    await vi.advanceTimersByTimeAsync(59_000);
    void single.run();
    const callsBefore = check.mock.calls.length;
    check.mockImplementation(async () => true);
    await vi.advanceTimersByTimeAsync(1_000);

    const recovered = await single.run();

    expect([callsBefore, recovered.status]).toEqual([1, 'up']);
  });

  it('never has more than five runs that hang', async () => {
    const check = vi.fn(never);
    const single = new SingleFlightCheck({ check, timeoutMs: 1_000, critical: true }, undefined);

    for (let minute = 0; minute < 30; minute += 1) {
      void single.run();
      await vi.advanceTimersByTimeAsync(61_000);
    }

    expect(check).toHaveBeenCalledTimes(5);
  });
});
