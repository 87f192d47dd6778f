import type { StoreAccessOptions } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import { resolveStuckWorkflowOptions } from './stuck-workflow-options.ts';
import type { StuckWorkflowOptions } from './stuck-workflow-options.ts';
import { StuckWorkflowSweep } from './stuck-workflow-sweep.ts';
import type { StuckWorkflowSweepOptions } from './stuck-workflow-sweep.ts';

/** The sweep as the housekeeper runs it. */
export interface StuckSweepTask {
  readonly intervalMs: number;
  readonly run: (mayGoOn: () => boolean) => Promise<unknown>;
}

/** What the sweep of an instance works with. */
export interface StuckSweepParts
  extends StoreAccessOptions, Pick<StuckWorkflowSweepOptions, 'metrics' | 'alerts'> {
  readonly store: SqlStore;
}

/**
 * The sweep of an instance; undefined where the option is false.
 * @param parts asked at the first run, by which time the instance has them
 * @throws `INVALID_OPTION`
 */
export function createStuckSweepTask(
  options: StuckWorkflowOptions | false | undefined,
  parts: () => StuckSweepParts,
): StuckSweepTask | undefined {
  if (options === false) {
    return undefined;
  }
  const { severity, intervalMs } = resolveStuckWorkflowOptions(options === undefined ? {} : options);
  let sweep: StuckWorkflowSweep | undefined;
  return {
    intervalMs,
    run: (mayGoOn) => {
      if (sweep === undefined) {
        const { store, ...rest } = parts();
        sweep = new StuckWorkflowSweep(store, { ...rest, severity });
      }
      return sweep.run(mayGoOn);
    },
  };
}
