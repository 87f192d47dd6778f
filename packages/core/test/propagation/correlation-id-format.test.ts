import { describe, expect, it } from 'vitest';
import {
  isCorrelationId,
  randomHex,
  randomSpanId,
  randomTraceId,
} from '../../src/propagation/correlation-id-format.ts';

describe('isCorrelationId', () => {
  it.each(['a', 'order-42:retry.1', '4bf92f3577b34da6a3ce929d0e0e4736', 'A_B', '...', 'x'.repeat(64)])(
    'takes %s',
    (id) => {
      expect(isCorrelationId(id)).toBe(true);
    },
  );

  it.each([
    ['nothing', ''],
    ['65 characters', 'x'.repeat(65)],
    ['ten megabytes', 'x'.repeat(10_000_000)],
    ['a space', 'a b'],
    ['a line feed at the end', 'abc\n'],
    ['a carriage return', 'a\rb'],
    ['a NUL', 'a\0'],
    ['markup', '<script>'],
    ['a quote', "a'b"],
    ['a slash', 'a/b'],
    ['a letter beyond ASCII', 'ä'],
    ['a digit beyond ASCII', '\u0661'],
    ['undefined', undefined],
    ['null', null],
    ['a number', 42],
    ['a list', ['abc']],
    ['an object', { toString: () => 'abc' }],
  ])('refuses %s', (_case, id) => {
    expect(isCorrelationId(id)).toBe(false);
  });
});

describe('randomTraceId and randomSpanId', () => {
  it('make IDs of the right form, none of them twice', () => {
    const traceIds = Array.from({ length: 20_000 }, randomTraceId);
    const spanIds = Array.from({ length: 20_000 }, randomSpanId);

    expect(traceIds.filter((id) => !/^[0-9a-f]{32}$/.test(id))).toEqual([]);
    expect(spanIds.filter((id) => !/^[0-9a-f]{16}$/.test(id))).toEqual([]);
    expect([new Set(traceIds).size, new Set(spanIds).size]).toEqual([20_000, 20_000]);
  });

  it('use every digit in every place about as often', () => {
    const ids = Array.from({ length: 16_000 }, randomTraceId);

    const counts = Array.from({ length: 32 }, (_none, place) =>
      [...'0123456789abcdef'].map((digit) => ids.filter((id) => id[place] === digit).length),
    );

    // 1,000 expected, standard deviation about 31.
    expect(counts.flat().filter((count) => count < 750 || count > 1_250)).toEqual([]);
  });
});

describe('randomHex', () => {
  it.each([
    [1, 2],
    [16, 32],
    [4_096, 8_192],
    [4_097, 8_194],
    [0, 0],
    [-1, 0],
    [Number.NaN, 0],
  ])('of %d bytes has %d digits', (bytes, digits) => {
    const hex = randomHex(bytes);

    expect(hex).toMatch(new RegExp(`^[0-9a-f]{${digits}}$`));
  });
});
