import type { Metadata } from '../../arguments/metadata.ts';

/** What was measured for one group of a rule. */
export interface RuleReading {
  labels: Readonly<Record<string, string>>;
  /** Null when there is nothing to compare. */
  value: number | null;
  /** Since when the condition is met, in epoch milliseconds by the clock of the database, where that is known. */
  metSinceMs?: number | undefined;
  /** What the group is, in words; for the title, where labels say little. */
  subject?: string | undefined;
  /** What else is told with the alert. */
  details?: Metadata | undefined;
}
