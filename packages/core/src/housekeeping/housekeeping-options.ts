import { ObservabilityError } from '../errors/observability-error.ts';
import type { SchemaMode } from '../storage/schema/ensure-observability-tables.ts';
import { resolveRetention } from './retention.ts';
import type { Retention, RetentionOptions } from './retention.ts';

/** How an instance does the housekeeping of its database. */
export interface HousekeepingOptions {
  /**
   * Milliseconds between rounds. Default 3,600,000 (an hour): partitions are made days ahead. After a round that failed, or left
   * something, the next comes within a minute.
   */
  intervalMs?: number | undefined;
  /** How long telemetry is kept, and how large it may grow. */
  retention?: RetentionOptions | undefined;
}

/** {@link HousekeepingOptions} with every default filled in. */
export interface ResolvedHousekeeping {
  readonly intervalMs: number;
  readonly retention: Retention;
}

const INTERVAL_MS = 3_600_000;

// The largest delay a timer takes; a larger one would fire at once.
const MAX_INTERVAL_MS = 2_147_483_647;

/**
 * Checks the option and fills the defaults in. Undefined when there is no housekeeping to do: it was switched off, or the
 * schema is none of ours (`schema: 'off'`) and nobody asked.
 * @throws `INVALID_OPTION`
 */
export function resolveHousekeeping(
  options: HousekeepingOptions | false | undefined,
  schema: SchemaMode | undefined,
): ResolvedHousekeeping | undefined {
  if (options === false || (options === undefined && schema === 'off')) {
    return undefined;
  }
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `housekeeping is ${String(options).slice(0, 40)}; expected false, or an object such as { retention: { spansDays: 14 } }.`,
    );
  }
  return {
    intervalMs: resolveInterval(options?.intervalMs),
    retention: resolveRetention(options?.retention),
  };
}

function resolveInterval(value: unknown): number {
  if (value === undefined) {
    return INTERVAL_MS;
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1_000 || value > MAX_INTERVAL_MS) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `housekeeping.intervalMs is ${String(value).slice(0, 40)}; expected whole milliseconds from 1000 to ${MAX_INTERVAL_MS}. The default is ${INTERVAL_MS}.`,
    );
  }
  return value;
}
