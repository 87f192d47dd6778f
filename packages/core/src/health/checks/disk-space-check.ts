import { statfs } from 'node:fs/promises';
import { describeValue } from '../../arguments/describe-value.ts';
import { ObservabilityError } from '../../errors/observability-error.ts';
import type { HealthCheckFunction } from '../health-check.ts';
import { assertCheckOptions, resolveLimit } from './check-limits.ts';

/** Options of {@link diskSpaceCheck}. */
export interface DiskSpaceCheckOptions {
  /** Share of the disk that must be free, 0 to 1. Default 0.1; 0 where `minFreeBytes` is given. */
  minFreeFraction?: number | undefined;
  /** Bytes that must be free. Default 0. */
  minFreeBytes?: number | undefined;
}

const OWNER = 'diskSpaceCheck';
const MIB = 1_048_576;

/**
 * A check that fails while the disk of a path is nearly full, for processes without special rights.
 * @param path a file or folder on that disk, for example `/data`
 * @throws `INVALID_ARGUMENT`
 * @example `checks: { disk: { check: diskSpaceCheck('/data', { minFreeBytes: 1e9 }), critical: false, cacheMs: 60_000 } }`
 */
export function diskSpaceCheck(path: string, options: DiskSpaceCheckOptions = {}): HealthCheckFunction {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `The path of ${OWNER} is ${describeValue(path)}; expected a path, for example '/data'.`,
    );
  }
  assertCheckOptions(options, OWNER);
  const minFreeBytes = resolveLimit(options.minFreeBytes, {
    owner: OWNER,
    name: 'minFreeBytes',
    fallback: 0,
    least: 0,
    most: Number.MAX_SAFE_INTEGER,
    unit: 'bytes',
  });
  const minFreeFraction = resolveLimit(options.minFreeFraction, {
    owner: OWNER,
    name: 'minFreeFraction',
    fallback: options.minFreeBytes === undefined ? 0.1 : 0,
    least: 0,
    most: 1,
    unit: 'a share',
  });
  return async () => {
    const { bavail, blocks, bsize } = await statfs(path);
    const [freeBytes, totalBytes] = [bavail * bsize, blocks * bsize];
    const neededBytes = Math.max(minFreeBytes, totalBytes * minFreeFraction);
    return freeBytes < neededBytes
      ? {
          healthy: false,
          message: `${Math.floor(freeBytes / MIB)} MiB of ${path} are free, less than ${Math.ceil(neededBytes / MIB)} MiB`,
        }
      : true;
  };
}
