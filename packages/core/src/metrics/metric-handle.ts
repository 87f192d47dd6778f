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
  record(value: number): void;
}

/** The handle of a type of metric. */
export interface MetricHandles {
  counter: CounterHandle;
  gauge: GaugeHandle;
  histogram: HistogramHandle;
}

/** One object for all three: what it is bound to knows the type. */
export class BoundMetric implements CounterHandle, GaugeHandle, HistogramHandle {
  readonly #take: (value: number) => void;

  constructor(take: (value: number) => void) {
    this.#take = take;
  }

  add(value: number = 1): void {
    this.#take(value);
  }

  set(value: number): void {
    this.#take(value);
  }

  record(value: number): void {
    this.#take(value);
  }
}
