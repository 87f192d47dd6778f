import { expect, it } from 'vitest';
import { toBoundText, toNumberText } from '../../../src/metrics/prometheus/number-text.ts';

it.each([
  [0, '0'],
  [-0, '0'],
  [1.5, '1.5'],
  [-3e-7, '-3e-7'],
  [1e21, '1e+21'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [Number.NaN, 'NaN'],
])('writes the value %d as %s', (value, text) => {
  expect(toNumberText(value)).toBe(text);
});

// The examples of the specification, https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
it.each([
  [0, '0', '0.0'],
  [0.001, '0.001', '0.001'],
  [0.95, '0.95', '0.95'],
  [1, '1', '1.0'],
  [10, '10', '10.0'],
  [1e-10, '1e-10', '1e-10'],
  [1e-5, '1e-05', '1e-05'],
  [0.0001, '0.0001', '0.0001'],
  [100_000, '100000', '100000.0'],
  [1e6, '1e+06', '1e+06'],
  [16_777_216, '1.6777216e+07', '1.6777216e+07'],
  [1e100, '1e+100', '1e+100'],
  [-2.5, '-2.5', '-2.5'],
])('writes the bound %d as %s, in OpenMetrics as %s', (bound, text, openMetrics) => {
  expect([toBoundText(bound, false), toBoundText(bound, true)]).toEqual([text, openMetrics]);
});
