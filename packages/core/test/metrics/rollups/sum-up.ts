import type { SqlStore } from '@pg-observability/core';
import { rollUpAll } from '../../../src/metrics/rollups/roll-up.ts';

/** Sums up all there is. On a busy machine one round may leave something for the next, as the housekeeper's do. */
export async function sumUp(store: SqlStore): Promise<void> {
  let isUnfinished = true;
  while (isUnfinished) {
    const outcome = await rollUpAll(store, undefined);
    isUnfinished = outcome.unfinished;
  }
}
