import type { EncodedBatch, IngestSignal } from '../ingest/encoded-batch.ts';
import type { KnownColumns } from './spool-file.ts';
import type { SpoolStats } from './spool-index.ts';

/** Options of `openSpool`. */
export interface SpoolOptions {
  /** Parent of the folders of all services. Taken from the working directory where it is relative. */
  directory: string;
  /** Batches are taken over only from processes of the same service. */
  serviceName: string;
  /** Bytes on disk at most, with what was taken over. A split may go beyond it for as long as it lasts. */
  maxBytes: number;
  /** Milliseconds after which a batch is given up, counted from when it was cut. */
  maxAgeMs: number;
  /** Columns a batch may name; they become SQL, and what is on disk may be anybody's. */
  knownColumns: KnownColumns;
  /** Epoch milliseconds; `Date.now` by default. */
  now?(): number;
  /** Told when rows are lost, with the reason `spool_expired` or `spool_damaged`. */
  onDropped(signal: IngestSignal, reason: SpoolDropReason, rowCount: number): void;
}

/** Why rows on disk were given up: too old, or unreadable, vanished, of another version. */
export type SpoolDropReason = 'spool_expired' | 'spool_damaged';

/**
 * A bounded place on disk for batches the database does not take. Survives the end of the process, however it comes
 * (`kill -9`): nothing is synced to the disk, so the last second may be lost with the machine's power. Calls run one after the
 * other in the order they were made. After `close` all but `stats` and `close` reject.
 */
export interface Spool {
  /**
   * Puts a batch on disk, whole or not at all. A batch that is there already, whole or in halves, stays as it is.
   * @returns `full` when it would go beyond `maxBytes`; the rows are then the caller's to count
   * @throws the error of the file system (`ENOSPC`, `EFBIG`, `EROFS`); `TypeError` for what could not be read back
   */
  append(batch: EncodedBatch): Promise<'spooled' | 'full'>;
  /**
   * The oldest batch, which stays until it is removed or split. Expired and damaged ones before it are removed and counted.
   * @throws only when another try may help (`EMFILE`)
   */
  first(): Promise<EncodedBatch | undefined>;
  /**
   * Removes a batch; none of that ID is fine.
   * @throws the error of the file system; the batch is then still there
   */
  remove(batchId: string): Promise<void>;
  /**
   * Replaces a batch by its halves, which lie on disk before the whole goes. After a crash in between the whole counts, and the
   * halves go with it: nobody has seen them. So hand a half out only after this has resolved.
   * @throws `ENOENT` when the batch is not here, because another process has taken it over: it stores it, do not store the
   * halves; other errors of the file system, when the whole is still there and no half is
   */
  split(batchId: string, halves: readonly EncodedBatch[]): Promise<void>;
  /**
   * Takes over what processes of the same service have left. Each folder goes to exactly one of many that try. What a
   * process in another container, or before a restart of the machine, has left is an orphan after a minute only: call this
   * at the start and once a minute.
   * @returns how many batches were taken over
   */
  adoptOrphans(): Promise<number>;
  stats(): SpoolStats;
  /** Removes the own folder when it is empty, else leaves it to the next process. */
  close(): Promise<void>;
}
