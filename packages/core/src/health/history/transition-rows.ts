import { randomUUID } from 'node:crypto';
import { cleanText } from '../../sanitize/clean-text.ts';
import type { HealthTransition } from './health-journal.ts';

/** A transition that is to be stored, and until when its status was seen. */
export interface TransitionRow {
  readonly recordId: string;
  readonly transition: HealthTransition;
  lastSeenMs: number;
  /** True while its status may go on. */
  isOpen: boolean;
  /** What is in the database; undefined while the row is not. */
  storedSeenMs: number | undefined;
}

/** The transitions that are not settled: those that wait, oldest first, and the last one of each check. */
export class TransitionRows {
  readonly #maxWaiting: number;
  readonly #open = new Map<string, TransitionRow>();
  #rows: TransitionRow[] = [];

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** How many are not in the database. */
  get waiting(): number {
    return this.#rows.filter(isWaiting).length;
  }

  /** @returns how many older ones had to go */
  add(transition: HealthTransition): number {
    const before = this.#open.get(transition.check);
    if (before !== undefined) {
      before.isOpen = false;
      // After a gap the time in between is unknown.
      before.lastSeenMs = transition.from === null ? before.lastSeenMs : transition.atMs;
    }
    const row: TransitionRow = {
      recordId: randomUUID(),
      transition,
      lastSeenMs: transition.atMs,
      isOpen: true,
      storedSeenMs: undefined,
    };
    this.#open.set(transition.check, row);
    this.#rows.push(row);
    return this.#makeRoom();
  }

  /** The status of a check goes on. */
  seen(check: string, atMs: number): void {
    const row = this.#open.get(check);
    if (row !== undefined) {
      row.lastSeenMs = Math.max(row.lastSeenMs, atMs);
    }
  }

  /** What is to be written now, in order. @param withOpen also that the last ones were seen again */
  take(limit: number, withOpen: boolean): TransitionRow[] {
    return this.#rows
      .filter((row) => isWaiting(row) || (row.lastSeenMs !== row.storedSeenMs && (withOpen || !row.isOpen)))
      .slice(0, limit);
  }

  /** Answers a function that tells whether something of what there is now is still to be written. */
  untilNow(): () => boolean {
    const wanted = this.take(Infinity, true).map((row) => [row, row.lastSeenMs] as const);
    return () =>
      wanted.some(
        ([row, lastSeenMs]) => this.#rows.includes(row) && (row.storedSeenMs ?? -Infinity) < lastSeenMs,
      );
  }

  /** These are in the database, seen until then. */
  settle(written: ReadonlyMap<TransitionRow, number>): void {
    for (const [row, lastSeenMs] of written) {
      row.storedSeenMs = lastSeenMs;
    }
    this.#rows = this.#rows.filter((row) => row.isOpen || row.storedSeenMs !== row.lastSeenMs);
  }

  /** Gives rows up. @returns how many of them are not in the database */
  drop(rows: readonly TransitionRow[]): number {
    const gone = new Set(rows);
    for (const { transition } of rows) {
      const open = this.#open.get(transition.check);
      if (open !== undefined && gone.has(open)) {
        this.#open.delete(transition.check);
      }
    }
    this.#rows = this.#rows.filter((row) => !gone.has(row));
    return rows.filter(isWaiting).length;
  }

  /** The oldest goes first: the time it told of is then unknown, which is true. */
  #makeRoom(): number {
    const waiting = this.#rows.filter((row) => isWaiting(row) && !row.isOpen);
    const excess = waiting.length - this.#maxWaiting;
    return excess > 0 ? this.drop(waiting.slice(0, excess)) : 0;
  }
}

function isWaiting(row: TransitionRow): boolean {
  return row.storedSeenMs === undefined;
}

/** The rows as the statement reads them. */
export function rowsToJson(rows: readonly TransitionRow[]): string {
  return JSON.stringify(
    rows.map(({ recordId, transition, lastSeenMs }, position) => ({
      position,
      record_id: recordId,
      check_name: cleanText(transition.check),
      from_status: transition.from,
      to_status: transition.to,
      reason: transition.reason,
      duration_ms: transition.lastedMs,
      occurred_at_ms: transition.atMs,
      last_seen_at_ms: lastSeenMs,
      is_flapping: transition.isFlapping,
    })),
  );
}
