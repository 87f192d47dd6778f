import { ObservabilityError } from '../errors/observability-error.ts';
import { isDataError, isTransient } from '../storage/sql-state.ts';
import { retryDelayMs } from './retry-delay.ts';

/** A number of items that are written together, under an ID that stays the same however often it is tried. */
export interface IngestBatch<Item> {
  batchId: string;
  items: readonly Item[];
}

/** How a batch is written, and who is told. */
export interface WriteControl<Item> {
  /** Writes one batch. Rejects with the driver's error; never stores a batch twice under one ID. */
  write(batch: IngestBatch<Item>): Promise<void>;
  /** False once it is time to give up. */
  mayRetry(): boolean;
  /** Waits before the next attempt. */
  pause(delayMs: number): Promise<void>;
  onFailure(error: unknown, willRetry: boolean): void;
  onStored(count: number): void;
  onDropped(reason: string, count: number): void;
}

/**
 * Writes a batch until it is stored: repeats what may succeed later, halves what the database refuses for its values until
 * the row that cannot be stored stands alone (`poison`), and gives up on the rest (`refused`, or `gave_up` when it is time).
 */
export async function writeWithRetry<Item>(
  batch: IngestBatch<Item>,
  control: WriteControl<Item>,
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await control.write(batch);
      control.onStored(batch.items.length);
      return;
    } catch (error) {
      const repeatable = isRepeatable(error);
      const willRetry = repeatable && control.mayRetry();
      control.onFailure(error, willRetry);
      if (isDataError(error)) {
        await bisect(batch, control);
        return;
      }
      if (!willRetry) {
        control.onDropped(repeatable ? 'gave_up' : 'refused', batch.items.length);
        return;
      }
      await control.pause(retryDelayMs(attempt));
    }
  }
}

async function bisect<Item>(
  { batchId, items }: IngestBatch<Item>,
  control: WriteControl<Item>,
): Promise<void> {
  if (items.length <= 1) {
    control.onDropped('poison', items.length);
    return;
  }
  const middle = Math.ceil(items.length / 2);
  await writeWithRetry({ batchId: `${batchId}/0`, items: items.slice(0, middle) }, control);
  await writeWithRetry({ batchId: `${batchId}/1`, items: items.slice(middle) }, control);
}

function isRepeatable(error: unknown): boolean {
  return error instanceof ObservabilityError ? error.code === 'STORE_UNAVAILABLE' : isTransient(error);
}
