import type { SeriesPoint } from './series.ts';

/** The steps of a series: number `first` to `last`, counted from 1970. */
export interface StepGrid {
  first: number;
  last: number;
  stepMs: number;
}

/** The steps that a range touches. @param to epoch milliseconds, not included */
export function gridOf(from: number, to: number, stepMs: number): StepGrid {
  return { first: Math.floor(from / stepMs), last: Math.ceil(to / stepMs) - 1, stepMs };
}

/** A point for each step, null where there is no value. */
export function fillGaps(grid: StepGrid, values: ReadonlyMap<number, number | null>): SeriesPoint[] {
  return Array.from({ length: Math.max(0, grid.last - grid.first + 1) }, (_, index) => {
    const slot = grid.first + index;
    return { time: new Date(slot * grid.stepMs), value: values.get(slot) ?? null };
  });
}

/**
 * Seconds that a step has lasted so far, to divide by for a rate.
 * @param leastMs what is recorded comes in windows of this length, so a step that has just begun counts as one of them
 */
export function elapsedSeconds(
  slot: number,
  stepMs: number,
  { until, leastMs }: { until: number; leastMs: number },
): number {
  const elapsed = until - slot * stepMs;
  return (elapsed <= 0 ? stepMs : Math.min(stepMs, Math.max(elapsed, leastMs))) / 1_000;
}
