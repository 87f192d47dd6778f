import { ObservabilityError } from '../errors/observability-error.ts';
import { isDataError, isTransient, sqlState } from '../storage/sql-state.ts';
import type { EncodedBatch } from './encoded-batch.ts';
import { retryDelayMs } from './retry-delay.ts';
import { splitBatch } from './split-batch.ts';

/** How a batch is written, and who is told. */
export interface WriteControl {
  /** Writes one batch. Rejects with the driver's error; never stores a batch twice under one ID. */
  write(batch: EncodedBatch): Promise<unknown>;
  /** False once it is time to give up. */
  mayRetry(): boolean;
  /** Waits before the next attempt. */
  pause(delayMs: number): Promise<void>;
  onFailure(error: unknown, willRetry: boolean): void;
  /** Called before the first half of a batch is written. */
  onSplit?(batch: EncodedBatch, halves: readonly EncodedBatch[]): Promise<void>;
  onStored(batch: EncodedBatch): void | Promise<void>;
  /** `poison`: one row whose values are refused. `refused`: no repeat would help. `gave_up`: time is up. */
  onGivenUp(
    batch: EncodedBatch,
    reason: 'poison' | 'refused' | 'gave_up',
    error: unknown,
  ): void | Promise<void>;
}

/**
 * Writes a batch until it is stored: repeats what may succeed later, halves what the database refuses for its values until
 * the row that cannot be stored stands alone, and gives up on the rest.
 */
export async function writeWithRetry(batch: EncodedBatch, control: WriteControl): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await control.write(batch);
    } catch (error) {
      const repeatable = isRepeatable(error);
      const willRetry = repeatable && control.mayRetry();
      control.onFailure(error, willRetry);
      if (isDataError(error) && batch.rowCount > 1) {
        await writeHalves(batch, control);
        return;
      }
      if (!willRetry) {
        const reason = isDataError(error) ? 'poison' : repeatable ? 'gave_up' : 'refused';
        await control.onGivenUp(batch, reason, error);
        return;
      }
      await control.pause(retryDelayMs(attempt));
      continue;
    }
    await control.onStored(batch);
    return;
  }
}

async function writeHalves(batch: EncodedBatch, control: WriteControl): Promise<void> {
  const halves = splitBatch(batch);
  await control.onSplit?.(batch, halves);
  for (const half of halves) {
    await writeWithRetry(half, control);
  }
}

/** Whether a repeat may succeed later: somebody mends the database, or what is between. */
export function isRepeatable(error: unknown): boolean {
  if (error instanceof ObservabilityError) {
    return error.code === 'STORE_UNAVAILABLE';
  }
  // A password that was changed, or a database that is not there yet: somebody will mend that, and nothing is wrong with the rows.
  return isTransient(error) || /^(28|3D)/.test(sqlState(error) ?? '');
}
