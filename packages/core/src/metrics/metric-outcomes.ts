import type { Log } from '../logging/log-once.ts';

/** Counts what was dropped or mended, by code, and says so once per code and name. */
export interface MetricOutcomes {
  /** Counts a dropped observation, or as many as `count` says. */
  drop(reason: string, name: unknown, count?: number): void;
  /** Only says so; the queue has counted it. */
  warnDropped(reason: string, name: unknown): void;
  /** Counts a mended observation, which is stored. */
  mend(reason: string, name: unknown): void;
  readonly dropped: Readonly<Record<string, number>>;
  readonly mended: number;
}

/** Makes a {@link MetricOutcomes}. */
export function createMetricOutcomes(log: Log): MetricOutcomes {
  const dropped: Record<string, number> = {};
  let mended = 0;
  const warnDropped = (reason: string, name: unknown): void => {
    const shown = showName(name);
    log.warnOnce(
      `metric-dropped:${reason}:${shown}`,
      `Dropped an observation of metric ${shown} (${reason}): ${EXPECTED[reason] ?? 'see stats()'}. Further ones are only counted, in stats().dropped.`,
    );
  };
  return {
    drop(reason, name, count = 1) {
      dropped[reason] = (dropped[reason] ?? 0) + count;
      warnDropped(reason, name);
    },
    warnDropped,
    mend(reason, name) {
      mended += 1;
      const shown = showName(name);
      log.warnOnce(
        `metric-mended:${reason}:${shown}`,
        `Mended the ${reason.replaceAll('_', ' ')} of metric ${shown}. Further ones are only counted, in stats().mended.`,
      );
    },
    get dropped() {
      return dropped;
    },
    get mended() {
      return mended;
    },
  };
}

const EXPECTED: Readonly<Record<string, string>> = {
  invalid_name: 'a name is text of 1 to 255 characters',
  invalid_type: 'a type is counter, gauge or histogram',
  invalid_value: 'a value is a finite number',
  negative_counter: 'a counter only grows; use a gauge for a number that goes down',
  invalid_timestamp: 'a timestamp is a valid Date or milliseconds since 1970',
  out_of_window: 'a timestamp is between 13 months ago and a day ahead',
  value_overflow: 'the sum would pass what a double can hold',
  too_many_metrics: 'there are too many metric names; put what varies into labels',
  too_many_series:
    'there are too many series to tell how much each has grown; labels are for a handful of values, not for IDs',
  invalid_point: 'its buckets, counts or bounds do not fit together',
  unknown_start:
    'it has been added up since before this process began, so it may be stored already; from the next export on its growth is stored',
  out_of_order: 'it is older than what was exported before',
  queue_full: 'the database is away or slow and the memory set aside is full',
  unexpected: 'reading what was given threw an error',
  shutdown: 'it was recorded after shutdown()',
};

// The name may be anything: huge, or an object whose text throws.
function showName(name: unknown): string {
  return typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : '(no name)';
}
