import type { PointTimes } from './point-times.ts';

/** A point that tells everything since its start. */
export interface TotalPoint<Value> extends PointTimes {
  readonly value: Value;
}

/** What has come on, and since when. */
export interface Growth<Value> {
  readonly value: Value;
  readonly startMs: number | undefined;
}

/** Why it is not known what has come on. */
export type NoGrowth = 'unknown_start' | 'out_of_order';

/** How growth is found out. */
export interface GrowthRules<Value> {
  /** True where the first point of a series counts as a whole, because nobody can have stored a part of it before. */
  isWhole: boolean;
  /** Undefined where one cannot have become the other. */
  subtract(current: Value, previous: Value): Value | undefined;
}

/**
 * Turns the total of a series into what has come on since the point before. Where the producer began anew, which its start time
 * or a total that went down tells, that is the total.
 * @source https://opentelemetry.io/docs/specs/otel/metrics/data-model/#resets-and-gaps
 */
export function measureGrowth<Value>(
  previous: TotalPoint<Value> | undefined,
  current: TotalPoint<Value>,
  { isWhole, subtract }: GrowthRules<Value>,
): Growth<Value> | NoGrowth {
  if (previous === undefined) {
    return isWhole ? { value: current.value, startMs: current.startMs } : 'unknown_start';
  }
  const [start, startBefore] = [current.startMs ?? 0, previous.startMs ?? 0];
  // Two producers that pass for one would make each other's points a beginning for ever.
  if (start < startBefore || current.timeMs < previous.timeMs) {
    return 'out_of_order';
  }
  if (start > startBefore) {
    return { value: current.value, startMs: current.startMs };
  }
  return {
    value: subtract(current.value, previous.value) ?? current.value,
    startMs: previous.timeMs,
  };
}

/** What a counter has grown by; undefined where it went down. */
export function subtractTotal(current: number, previous: number): number | undefined {
  return current >= previous ? current - previous : undefined;
}
