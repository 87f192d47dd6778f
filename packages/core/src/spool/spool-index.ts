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
  /** Newest first, so that the oldest goes without moving the others. */
  readonly #sorted: SpoolEntry[] = [];
  /** By the 32 digits that a batch shares with its halves. */
  readonly #families = new Map<string, Set<SpoolEntry>>();
  readonly #folders = new Map<SpoolFolder, Set<SpoolEntry>>();
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
    this.#sorted.splice(this.#positionOf(entry), 0, entry);
    addTo(this.#families, familyOf(entry.batchId), entry);
    addTo(this.#folders, entry.folder, entry);
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
      this.#sorted.splice(this.#positionOf(entry), 1);
      deleteFrom(this.#families, familyOf(entry.batchId), entry);
      deleteFrom(this.#folders, entry.folder, entry);
      this.#count(entry, -1);
    }
  }

  /** The oldest by the time it was cut, then the one that was appended first. */
  oldest(): SpoolEntry | undefined {
    return this.#sorted.at(-1);
  }

  inFolder(folder: SpoolFolder): SpoolEntry[] {
    return [...(this.#folders.get(folder) ?? [])];
  }

  hasSomeIn(folder: SpoolFolder): boolean {
    return this.#folders.has(folder);
  }

  stats(): SpoolStats {
    return { ...this.#stats, rows: { ...this.#stats.rows } };
  }

  // Where it is, or belongs: behind all that are newer.
  #positionOf(entry: SpoolEntry): number {
    let [from, to] = [0, this.#sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (isBefore(entry, this.#sorted[middle] as SpoolEntry)) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  #count(entry: SpoolEntry, sign: 1 | -1): void {
    this.#stats.batches += sign;
    this.#stats.rows[entry.signal] += sign * entry.rowCount;
    this.#stats.bytes += sign * entry.bytes;
  }
}

function addTo<Key>(groups: Map<Key, Set<SpoolEntry>>, key: Key, entry: SpoolEntry): void {
  const group = groups.get(key);
  if (group === undefined) {
    groups.set(key, new Set([entry]));
  } else {
    group.add(entry);
  }
}

function deleteFrom<Key>(groups: Map<Key, Set<SpoolEntry>>, key: Key, entry: SpoolEntry): void {
  const group = groups.get(key);
  group?.delete(entry);
  if (group?.size === 0) {
    groups.delete(key);
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
