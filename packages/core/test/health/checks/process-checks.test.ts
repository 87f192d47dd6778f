import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { diskSpaceCheck, eventLoopCheck, heapCheck } from '../../../src/index.ts';
import type { HealthCheckContext, HealthCheckFunction } from '../../../src/index.ts';

const context: HealthCheckContext = { signal: new AbortController().signal, store: undefined };
const look = async (check: HealthCheckFunction): Promise<unknown> => check(context);

describe('eventLoopCheck', () => {
  it('fails for a look behind a time in which the event loop stood still, and recovers by itself', async () => {
    const check = eventLoopCheck({ maxDelayMs: 200 });
    await look(check);
    await turns(5);
    standStill(600);
    await turns(5);

    const stuck = await look(check);
    const quick = await look(check);

    expect(stuck).toEqual({
      healthy: false,
      message: expect.stringMatching(/^the event loop is \d+ ms late, more than 200 ms$/),
    });
    expect(quick).toBe(true);
  });

  it('has nothing to say at the first look', async () => {
    expect(await look(eventLoopCheck())).toBe(true);
  });
});

describe('heapCheck', () => {
  it.each([
    [{ maxFraction: 1 }, true],
    [
      { maxFraction: 0.000_01 },
      { healthy: false, message: expect.stringMatching(/^\d+ MiB of the heap are used/) },
    ],
  ])('with %o answers %o', async (options, expected) => {
    expect(await look(heapCheck(options))).toEqual(expected);
  });
});

describe('diskSpaceCheck', () => {
  it.each([
    [{ minFreeFraction: 0 }, true],
    [{ minFreeBytes: 1 }, true],
    [
      { minFreeFraction: 1 },
      { healthy: false, message: expect.stringMatching(/^\d+ MiB of .* are free, less than \d+ MiB$/) },
    ],
    [{ minFreeBytes: Number.MAX_SAFE_INTEGER }, { healthy: false, message: expect.any(String) }],
  ])('with %o answers %o', async (options, expected) => {
    expect(await look(diskSpaceCheck(tmpdir(), options))).toEqual(expected);
  });

  it('fails for a path there is none of', async () => {
    await expect(look(diskSpaceCheck('/no/such/path'))).rejects.toThrow('ENOENT');
  });
});

const numbers = [0, -1, 'a', null, Number.NaN, Number.POSITIVE_INFINITY, 5n, {}];

it.each([
  ...[null, 5, [], ...numbers.map((maxDelayMs) => ({ maxDelayMs }))].map(
    (options) => () => eventLoopCheck(options as never),
  ),
  ...[null, 'x', [], { maxFraction: 1.1 }, ...numbers.map((maxFraction) => ({ maxFraction }))].map(
    (options) => () => heapCheck(options as never),
  ),
  ...[
    null,
    [],
    { minFreeBytes: -1 },
    { minFreeFraction: 2 },
    { minFreeFraction: '1' },
    { minFreeBytes: 2 ** 60 },
  ].map((options) => () => diskSpaceCheck('/', options as never)),
  ...[undefined, null, '', 5, 'a\0b'].map((path) => () => diskSpaceCheck(path as never)),
])('refuse limits that are none, case %$', (create) => {
  expect(create).toThrow(/^\[INVALID_ARGUMENT\] .{1,300}$/s);
});

/** Computes, so that the event loop does not turn. */
function standStill(forMs: number): void {
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    JSON.stringify(Array.from({ length: 100 }));
  }
}

/** Lets the event loop turn, for the timer of the histogram. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
