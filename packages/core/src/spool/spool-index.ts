import type { SpoolEntry } from './spool-entry.ts';
import type { SpoolFolder } from './spool-folder.ts';

/** Sums over what is on disk. */
export interface SpoolStats {
  batches: number;
  rows: { spans: number; metrics: number };
  bytes: number;
}

/**
 * Knows what is on disk. A batch and its halves are never in it together: the halves beside a whole are from a split that a
 * crash has cut short, and nobody has seen them yet, because the whole goes before they are handed out.
 */
export class SpoolIndex {
  readonly #entries = new Map<string, SpoolEntry>();
  /** By the 32 digits that a batch shares with its halves. */
  readonly #families = new Map<string, Set<SpoolEntry>>();
  readonly #stats: SpoolStats = { batches: 0, rows: { spans: 0, metrics: 0 }, bytes: 0 };

  /** The batch that holds rows of this one: itself, one it is a half of, or one of its halves. */
  relative(batchId: string): SpoolEntry | undefined {
    for (const entry of this.#families.get(familyOf(batchId)) ?? []) {
      if (isPartOf(batchId, entry.batchId) || isPartOf(entry.batchId, batchId)) {
        return entry;
      }
    }
    return undefined;
  }

  get(batchId: string): SpoolEntry | undefined {
    return this.#entries.get(batchId);
  }

  add(entry: SpoolEntry): void {
    this.#entries.set(entry.batchId, entry);
    const family = this.#families.get(familyOf(entry.batchId)) ?? new Set();
    this.#families.set(familyOf(entry.batchId), family.add(entry));
    this.#count(entry, 1);
  }

  /**
   * Takes in the files of a folder.
   * @returns how many batches they are
   */
  addAll(entries: readonly SpoolEntry[]): number {
    let added = 0;
    // Wholes first, so that their halves are seen as such.
    for (const entry of entries.toSorted((one, other) => one.batchId.length - other.batchId.length)) {
      const relative = this.relative(entry.batchId);
      if (relative === undefined) {
        this.add(entry);
        added += 1;
      } else {
        relative.shadows.push(entry.path);
      }
    }
    return added;
  }

  delete(entry: SpoolEntry): void {
    if (this.#entries.delete(entry.batchId)) {
      const family = this.#families.get(familyOf(entry.batchId));
      family?.delete(entry);
      if (family?.size === 0) {
        this.#families.delete(familyOf(entry.batchId));
      }
      this.#count(entry, -1);
    }
  }

  /** The oldest by the time it was cut, then the one that was appended first. */
  oldest(): SpoolEntry | undefined {
    let oldest: SpoolEntry | undefined;
    for (const entry of this.#entries.values()) {
      if (oldest === undefined || isBefore(entry, oldest)) {
        oldest = entry;
      }
    }
    return oldest;
  }

  inFolder(folder: SpoolFolder): SpoolEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.folder === folder);
  }

  stats(): SpoolStats {
    return { ...this.#stats, rows: { ...this.#stats.rows } };
  }

  #count(entry: SpoolEntry, sign: 1 | -1): void {
    this.#stats.batches += sign;
    this.#stats.rows[entry.signal] += sign * entry.rowCount;
    this.#stats.bytes += sign * entry.bytes;
  }
}

function isBefore(one: SpoolEntry, other: SpoolEntry): boolean {
  if (one.cutAtMs !== other.cutAtMs) {
    return one.cutAtMs < other.cutAtMs;
  }
  return one.order === other.order ? one.batchId < other.batchId : one.order < other.order;
}

function isPartOf(batchId: string, wholeId: string): boolean {
  return batchId === wholeId || batchId.startsWith(`${wholeId}/`);
}

function familyOf(batchId: string): string {
  return batchId.slice(0, 32);
}
