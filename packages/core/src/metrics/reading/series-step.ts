const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const CHOSEN_STEPS = '10s 15s 30s 1m 2m 5m 10m 15m 30m 1h 2h 3h 6h 12h 1d 2d'.split(' ').map(stepOf);
const MAX_CHOSEN_POINTS = 300;
const MIN_STEP_MS = 1_000;
const MAX_STEP_MS = 400 * 86_400_000;

/** Milliseconds of a step. @returns undefined when it is none */
export function parseStep(step: unknown): number | undefined {
  const ms = typeof step === 'string' ? stepOf(step.slice(0, 32)) : step;
  return typeof ms === 'number' && Number.isInteger(ms) && ms >= MIN_STEP_MS && ms <= MAX_STEP_MS
    ? ms
    : undefined;
}

/** The shortest usual step that divides a range into 300 at most. */
export function chooseStep(rangeMs: number): number {
  const fitting = CHOSEN_STEPS.find((step) => rangeMs / step <= MAX_CHOSEN_POINTS);
  return fitting ?? (CHOSEN_STEPS.at(-1) as number);
}

function stepOf(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
}
