/** What has become of the messages to one receiver. */
export interface ReceiverStats {
  /** Changes that wait to be told, as the database was last asked; of all processes. */
  queued: number;
  /** Changes this process has told. */
  delivered: number;
  /** Attempts of this process that failed. */
  failed: number;
  /** Changes that were given up and are still kept, as the database was last asked; of all processes. */
  dead: number;
  /** Why the last attempt of this process failed; null when it did not. */
  lastError: string | null;
}

/** What `stats()` tells of alerts. */
export interface AlertDeliveryStats {
  /** By the name of the receiver. */
  receivers: Record<string, ReceiverStats>;
}

/** Counts for one receiver, before anything has happened. */
export function createReceiverStats(): ReceiverStats {
  return { queued: 0, delivered: 0, failed: 0, dead: 0, lastError: null };
}
