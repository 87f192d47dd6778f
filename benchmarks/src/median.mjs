/** The middle of the measured values. */
export function median(values) {
  return percentile(values, 0.5);
}

/** The value that the share of `fraction` of the measured values does not exceed. */
export function percentile(values, fraction) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
}
