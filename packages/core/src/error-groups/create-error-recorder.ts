import type { SqlStore } from '../storage/sql-store.ts';
import { resolveErrorGrouping } from './error-grouping-options.ts';
import type { ErrorGroupingOptions } from './error-grouping-options.ts';
import { ErrorRecorder } from './error-recorder.ts';
import type { ErrorRecorderOptions } from './error-recorder.ts';

/**
 * What counts the errors of an instance; undefined where that is switched off.
 * @throws `INVALID_OPTION`
 */
export function createErrorRecorder(
  store: SqlStore,
  options: ErrorGroupingOptions | false | undefined,
  shared: ErrorRecorderOptions,
): ErrorRecorder | undefined {
  const grouping = resolveErrorGrouping(options);
  return grouping && new ErrorRecorder(store, { ...shared, ...grouping });
}
