import { expect, it } from 'vitest';
import { attributesToKey } from '../../../src/metrics/opentelemetry/attributes-key.ts';

it('is equal for equal attributes in any order, simple or not', () => {
  const nested = { list: [1, { deep: true }], text: 'x'.repeat(5_000) };

  expect(attributesToKey({ a: 1, b: 'x' })).toBe(attributesToKey({ b: 'x', a: 1 }));
  expect(attributesToKey({ ...nested, a: 1 })).toBe(attributesToKey({ a: 1, ...nested }));
});

it('tells attributes apart that labels would not', () => {
  const long = 'x'.repeat(2_000);
  const different = [
    {},
    { a: 1 },
    { a: '1' },
    { a: true },
    { a: 1, b: 1 },
    { 'a","1': 1 },
    { password: 'one' },
    { password: 'two' },
    { a: `${long}1` },
    { a: `${long}2` },
    { a: Number.NaN },
    { a: [1] },
    { a: [2] },
    JSON.parse('{"__proto__": 1}'),
    Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`k${at}`, at])),
    Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`k${at}`, at])),
  ].map((attributes: unknown) => attributesToKey(attributes));

  expect(new Set(different).size).toBe(different.length);
});

it('answers for anything', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const answers = [undefined, null, 5, 'text', [], new Map([['a', 1]]), circular].map(attributesToKey);

  expect(answers.every((key) => typeof key === 'string' && key.length < 100)).toBe(true);
});
