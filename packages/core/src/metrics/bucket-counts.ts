// A window of 2,048 buckets is 19 decades at scale 5: no more than 16 kB, whatever comes.
const MAX_WINDOW = 2_048;
const STEP = 32;
const NOTHING = new Float64Array(0);

/**
 * How many values fell into each bucket of one half of a histogram. Values lie close together, so their counts are in an array;
 * the few that are far off, an error of measurement or a hostile value, are in a map beside it.
 */
export class BucketCounts {
  #counts: Float64Array = NOTHING;
  /** Index of the bucket that the first of `#counts` stands for. */
  #offset = 0;
  #filled = 0;
  readonly #far = new Map<number, number>();

  /** Buckets that are not empty. */
  get size(): number {
    return this.#filled + this.#far.size;
  }

  add(index: number, count: number = 1): void {
    const at = index - this.#offset;
    if (at >= 0 && at < this.#counts.length) {
      const before = this.#counts[at] as number;
      this.#counts[at] = before + count;
      if (before === 0) {
        this.#filled += 1;
      }
    } else {
      this.#addOutside(index, count);
    }
  }

  /** The buckets that are not empty, by rising index. */
  entries(): [index: number, count: number][] {
    const entries: [number, number][] = [];
    for (let at = 0; at < this.#counts.length; at += 1) {
      const count = this.#counts[at] as number;
      if (count > 0) {
        entries.push([this.#offset + at, count]);
      }
    }
    if (this.#far.size > 0) {
      entries.push(...this.#far);
      entries.sort(([left], [right]) => left - right);
    }
    return entries;
  }

  /** Empties all buckets; the memory stays for the next window. */
  clear(): void {
    if (this.#filled > 0) {
      this.#counts.fill(0);
      this.#filled = 0;
    }
    this.#far.clear();
  }

  #addOutside(index: number, count: number): void {
    const known = this.#far.get(index);
    if (known === undefined && this.#reach(index)) {
      this.add(index, count);
    } else {
      this.#far.set(index, (known ?? 0) + count);
    }
  }

  /** Makes the array reach as far as `index`; false where it would get too long. */
  #reach(index: number): boolean {
    const end = this.#offset + this.#counts.length;
    const isEmpty = this.#filled === 0;
    // A new window begins where the values of this one are.
    const from = isEmpty ? index - STEP / 2 : Math.min(this.#offset, index - STEP);
    const to = isEmpty ? index + STEP / 2 : Math.max(end, index + 1 + STEP);
    if (to - from > MAX_WINDOW) {
      return false;
    }
    const counts = new Float64Array(to - from);
    if (!isEmpty) {
      counts.set(this.#counts, this.#offset - from);
    }
    this.#counts = counts;
    this.#offset = from;
    this.#takeIn();
    return true;
  }

  /** What the array reaches now is no longer far. */
  #takeIn(): void {
    for (const [index, count] of this.#far) {
      const at = index - this.#offset;
      if (at >= 0 && at < this.#counts.length) {
        this.#far.delete(index);
        this.add(index, count);
      }
    }
  }
}
