import type { ExemplarTrace } from './exemplars.ts';

/** A counter with its labels bound. */
export interface CounterHandle {
  /** Counts `value`, by default 1. A negative value is dropped and counted. */
  add(value?: number): void;
}

/** A gauge with its labels bound. */
export interface GaugeHandle {
  set(value: number): void;
}

/** A histogram with its labels bound. */
export interface HistogramHandle {
  /** @param trace of the observation, where the caller knows it; else the active one, where it is wanted as an example */
  record(value: number, trace?: ExemplarTrace): void;
}

/** The handle of a type of metric. */
export interface MetricHandles {
  counter: CounterHandle;
  gauge: GaugeHandle;
  histogram: HistogramHandle;
}

/** Takes a value for one series; what it is bound to knows the type. */
export type TakeValue = (value: number, trace?: ExemplarTrace) => void;

/**
 * Takes a whole window of one series, which becomes a point at once.
 * @param startTime epoch milliseconds at which the window began
 */
export type TakeWindow = (values: readonly number[], startTime: number) => void;

/** One object for all three. */
export class BoundMetric implements CounterHandle, GaugeHandle, HistogramHandle {
  readonly #take: TakeValue;

  constructor(take: TakeValue) {
    this.#take = take;
  }

  add(value: number = 1): void {
    this.#take(value);
  }

  set(value: number): void {
    this.#take(value);
  }

  record(value: number, trace?: ExemplarTrace): void {
    this.#take(value, trace);
  }
}
