/** A length of time in words: `'90s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The longest: 31 days, which is as long as points of metrics are kept. */
export const MAX_DURATION_MS: number = 31 * UNIT_MS.d;

/** Milliseconds of a duration; undefined for what is none, or longer than 31 days. */
export function durationToMs(value: unknown): number | undefined {
  const parts = typeof value === 'string' ? /^(\d{1,10}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(value) : null;
  if (parts === null) {
    return undefined;
  }
  const ms = Number(parts[1]) * UNIT_MS[parts[2] as keyof typeof UNIT_MS];
  return ms <= MAX_DURATION_MS ? ms : undefined;
}

/** A duration for people: the largest unit that leaves a whole number. */
export function msToText(ms: number): string {
  const units = ['d', 'h', 'm', 's'] as const;
  const unit = units.find((each) => ms >= UNIT_MS[each] && ms % UNIT_MS[each] === 0);
  return unit === undefined ? `${Math.round(ms)} ms` : `${ms / UNIT_MS[unit]} ${unit === 'm' ? 'min' : unit}`;
}
