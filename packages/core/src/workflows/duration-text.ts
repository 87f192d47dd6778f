const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/**
 * A duration for people, in its largest unit and the next where that says more: `51 min`, `2 h 5 min`, `1.5 s`.
 * @param durationMs milliseconds; below 0 is 0
 */
export function durationToText(durationMs: number): string {
  const wholeMs = Math.max(0, Math.round(durationMs));
  const index = UNITS.findIndex(([, size]) => wholeMs >= size);
  const [unit, size] = UNITS[index] ?? ['ms', 1];
  if (unit === 's') {
    return `${Math.round(wholeMs / 100) / 10} s`;
  }
  const [lesserUnit, lesserSize] = UNITS[index + 1] ?? ['ms', 1];
  const count = Math.floor(wholeMs / size);
  const rest = Math.floor((wholeMs % size) / lesserSize);
  // Of minutes the seconds say little, from ten on.
  const isExact = rest === 0 || unit === 'ms' || (unit === 'min' && count >= 10);
  return isExact ? `${count} ${unit}` : `${count} ${unit} ${rest} ${lesserUnit}`;
}
