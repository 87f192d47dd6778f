import { expect, it } from 'vitest';
import { durationToText } from '../../src/workflows/duration-text.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

it.each([
  [0, '0 ms'],
  [-5, '0 ms'],
  [0.4, '0 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [1_540, '1.5 s'],
  [59_900, '59.9 s'],
  [59_960, '60 s'],
  [MINUTE, '1 min'],
  [4 * MINUTE + 5_400, '4 min 5 s'],
  [51 * MINUTE + 40_000, '51 min'],
  [HOUR, '1 h'],
  [2 * HOUR + 5 * MINUTE + 1_000, '2 h 5 min'],
  [24 * HOUR + 1, '1 d'],
  [3 * 24 * HOUR + 2 * HOUR, '3 d 2 h'],
])('tells %i milliseconds as %s', (durationMs, text) => {
  expect(durationToText(durationMs)).toBe(text);
});
