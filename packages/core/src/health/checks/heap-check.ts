import { getHeapStatistics } from 'node:v8';
import type { HealthCheckFunction } from '../health-check.ts';
import { assertCheckOptions, resolveLimit } from './check-limits.ts';

/** Options of {@link heapCheck}. */
export interface HeapCheckOptions {
  /** Share of the heap limit of V8 (`--max-old-space-size`), over which the check fails. Default 0.9. */
  maxFraction?: number | undefined;
}

const OWNER = 'heapCheck';
const MIB = 1_048_576;

/**
 * A check that fails while the heap is nearly full: what follows is a process that only collects garbage, and then ends.
 * @throws `INVALID_ARGUMENT`
 * @example `checks: { heap: { check: heapCheck(), critical: false } }`
 */
export function heapCheck(options: HeapCheckOptions = {}): HealthCheckFunction {
  assertCheckOptions(options, OWNER);
  const maxFraction = resolveLimit(options.maxFraction, {
    owner: OWNER,
    name: 'maxFraction',
    fallback: 0.9,
    least: 0.000_001,
    most: 1,
    unit: 'a share',
  });
  return () => {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    return used > limit * maxFraction
      ? {
          healthy: false,
          message: `${Math.round(used / MIB)} MiB of the heap are used, more than ${maxFraction} of ${Math.round(limit / MIB)} MiB`,
        }
      : true;
  };
}
