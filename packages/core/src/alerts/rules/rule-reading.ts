import type { Metadata } from '../../arguments/metadata.ts';

/** What was measured for one group of a rule. */
export interface RuleReading {
  labels: Readonly<Record<string, string>>;
  /** Null when there is nothing to compare. */
  value: number | null;
  /** Since when the condition is met, in epoch milliseconds by the clock of the database, where that is known. */
  metSinceMs?: number | undefined;
  /** What else is told with the alert. */
  details?: Metadata | undefined;
}

/** An error that was not seen before, as `readNewErrors` answers it. */
export interface NewErrorReading {
  /** What makes two errors the same one. */
  fingerprint: string;
  /** Class of the error, for example `TypeError`. */
  type: string;
  /** What it said. */
  message: string;
  /** How often it was seen. */
  count: number;
  /** When it was first seen, in milliseconds since 1970. */
  firstSeenMs: number;
}
