import { expect, it } from 'vitest';
import { durationToMs, msToText } from '../../../src/alerts/rules/duration.ts';

it.each([
  ['0s', 0],
  ['250ms', 250],
  ['90s', 90_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['31d', 2_678_400_000],
])('reads %s', (text, ms) => {
  expect(durationToMs(text)).toBe(ms);
});

const NOT_DURATIONS: readonly unknown[] = [
  '',
  ' ',
  '5',
  'm',
  '5 m',
  '-5m',
  '+5m',
  '5M',
  '1e3s',
  '5min',
  '32d',
  '99999999999s',
  'Infinitys',
  'NaNs',
  '5m5s',
  '٥m',
  '5m\n',
  '__proto__',
  '5constructor',
  'x'.repeat(10_485_760),
  '9'.repeat(10_485_760),
  5,
  5n,
  null,
  undefined,
  Number.NaN,
  {},
  ['5m'],
  Symbol('5m'),
  () => '5m',
  new Date(),
];

it.each(NOT_DURATIONS)('takes %# for no duration', (value) => {
  expect(durationToMs(value)).toBeUndefined();
});

it.each([
  [0, '0 ms'],
  [250, '250 ms'],
  [90_000, '90 s'],
  [300_000, '5 min'],
  [86_400_000, '1 d'],
])('says %i', (ms, text) => {
  expect(msToText(ms)).toBe(text);
});
