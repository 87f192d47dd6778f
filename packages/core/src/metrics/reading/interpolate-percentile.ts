/** What the database says about one percentile. */
export interface PercentileParts {
  /** How many observations there are; null or 0 when there are none. */
  total: number | null;
  /** Smallest and largest observation, exact also where only buckets are known; null where they are not known. */
  smallest: number | null;
  largest: number | null;
  /** The observations between which the percentile lies: number floor(r) and ceil(r) of r = fraction · (total − 1). */
  lower: number | null;
  upper: number | null;
}

/**
 * The percentile between its two neighbours, as `percentile_cont` computes it.
 * @param fraction 0 to 1
 * @returns null when there are no observations
 * @source https://www.postgresql.org/docs/current/functions-aggregate.html#FUNCTIONS-ORDEREDSET-TABLE
 */
export function interpolatePercentile(fraction: number, parts: PercentileParts): number | null {
  const { total } = parts;
  if (total === null || total < 1 || parts.lower === null) {
    return null;
  }
  const smallest = parts.smallest ?? -Infinity;
  const largest = parts.largest ?? Infinity;
  const rank = fraction * (total - 1);
  // A bucket knows its value to 1.1 %; the ends are known exactly, and nothing lies beyond them.
  const valueAt = (position: number, estimate: number): number => {
    if (position === 0) {
      return parts.smallest ?? estimate;
    }
    const within = Math.min(largest, Math.max(smallest, estimate));
    return position >= total - 1 ? (parts.largest ?? within) : within;
  };
  const lower = valueAt(Math.floor(rank), parts.lower);
  const upper = valueAt(Math.ceil(rank), parts.upper ?? parts.lower);
  const part = rank - Math.floor(rank);
  const distance = upper - lower;
  // Between numbers near ±1.8e308 the distance is more than a double can hold.
  return Number.isFinite(distance) ? lower + part * distance : lower * (1 - part) + upper * part;
}
