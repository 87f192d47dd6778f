import { constants } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { GcDurations, gcType } from '../../src/runtime/gc-durations.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;

let watching: GcDurations | undefined;
afterEach(() => watching?.stop());

function watch(onFull: () => void = () => undefined, maxWaiting?: number): GcDurations {
  watching = new GcDurations(onFull, maxWaiting);
  watching.start();
  return watching;
}

/** Adds up what comes until `isEnough`. */
async function takeUntil(
  durations: GcDurations,
  isEnough: (all: Record<string, number[]>) => boolean,
): Promise<Record<string, number[]>> {
  const all: Record<string, number[]> = {};
  await expect
    .poll(() => {
      for (const [type, seconds] of durations.take()) {
        all[type] = [...(all[type] ?? []), ...seconds];
      }
      return isEnough(all);
    })
    .toBe(true);
  return all;
}

describe('GcDurations', () => {
  it('has each collection once, by its type, in seconds', async () => {
    const durations = watch();
    collect();
    collect({ type: 'minor' });

    const all = await takeUntil(durations, ({ major, minor }) => major !== undefined && minor !== undefined);

    expect(all['major']?.[0]).toBeGreaterThan(0);
    expect(all['major']?.[0]).toBeLessThan(5);
    // A collection by hand may come with others, but not with as many.
    expect(all['major']?.length).toBeLessThan(5);
  });

  it('asks to be emptied before it grows without bounds, and asks again', async () => {
    const taken: number[] = [];
    const durations = watch((): void => {
      taken.push([...durations.take().values()].flat().length);
    }, 20);

    await expect
      .poll(() => {
        for (let count = 0; count < 10; count += 1) {
          collect({ type: 'minor' });
        }
        return taken.length;
      })
      .toBeGreaterThan(1);

    expect(Math.min(...taken)).toBeGreaterThanOrEqual(20);
  });

  it('hears nothing any more once it has stopped', async () => {
    const durations = watch();
    collect();
    await takeUntil(durations, ({ major }) => major !== undefined);
    durations.stop();
    durations.take();
    const other = new GcDurations(() => undefined);
    other.start();
    collect();

    await takeUntil(other, ({ major }) => major !== undefined);
    other.stop();

    expect(durations.take().size).toBe(0);
  });
});

it('knows the types of the convention', () => {
  const kinds = [
    constants.NODE_PERFORMANCE_GC_MINOR,
    constants.NODE_PERFORMANCE_GC_MAJOR,
    constants.NODE_PERFORMANCE_GC_INCREMENTAL,
    constants.NODE_PERFORMANCE_GC_WEAKCB,
    2,
    64,
    undefined,
    'minor',
  ];

  expect(kinds.map(gcType)).toEqual([
    'minor',
    'major',
    'incremental',
    'weakcb',
    'minor',
    '_OTHER',
    '_OTHER',
    '_OTHER',
  ]);
});
