import { describe, expect, it } from 'vitest';
import { cleanText } from '../../src/sanitize/clean-text.ts';

describe('cleanText', () => {
  it.each([
    '',
    'plain',
    'ä',
    '日本語',
    '😀',
    '\ufffd',
    '\u0001\u001f\u007f',
    "'; drop table spans; --",
    String.raw`\u0000`,
  ])('leaves %j as it is', (value) => {
    expect(cleanText(value)).toBe(value);
  });

  it.each([
    ['a NUL', 'a\0b', 'a\ufffdb'],
    ['only NULs', '\0\0', '\ufffd\ufffd'],
    ['a high surrogate at the end', 'a\ud83d', 'a\ufffd'],
    ['a low surrogate at the start', '\ude00a', '\ufffda'],
    ['surrogates in the wrong order', '\ude00\ud83d', '\ufffd\ufffd'],
    ['a NUL and a lone surrogate', '\0\ud800😀', '\ufffd\ufffd😀'],
  ])('mends %s', (_case, value, expected) => {
    expect(cleanText(value)).toBe(expected);
  });

  it.each([
    ['abcdef', 3, 'abc'],
    ['abc', 3, 'abc'],
    ['abc😀', 4, 'abc'],
    ['abc😀', 5, 'abc😀'],
    ['😀😀', 1, ''],
    ['a\ud83dbc', 2, 'a\ufffd'],
    ['a\0bc', 2, 'a\ufffd'],
    ['\ufeffabc', 2, '\ufeffa'],
    ['abc', 0, ''],
    ['abc', -5, ''],
    ['abc', 1.5, 'a'],
    ['abc', Number.POSITIVE_INFINITY, 'abc'],
    ['abc', Number.NaN, 'abc'],
  ])('cuts %j to %d code units', (value, maxLength, expected) => {
    expect(cleanText(value, maxLength)).toBe(expected);
  });

  it('keeps 16,384 code units unless told otherwise', () => {
    expect(cleanText('x'.repeat(16_384))).toHaveLength(16_384);
    expect(cleanText('x'.repeat(10_000_000))).toHaveLength(16_384);
  });

  it.each([[undefined], [null], [42], [{}]])('makes an empty text of %j', (value) => {
    expect(cleanText(value as never)).toBe('');
  });

  it('gives well-formed text without NUL of at most the length asked for, whatever is put together', () => {
    const pieces = ['a', '\0', '\ud83d', '\ude00', '😀', 'é'];
    const texts = Array.from({ length: 6 ** 5 }, (_none, number) =>
      [1, 6, 36, 216, 1_296].map((place) => pieces[Math.floor(number / place) % 6]).join(''),
    );

    const wrong = texts.filter((text) => {
      const cleaned = cleanText(text, 4);
      return (
        cleaned.length > 4 ||
        cleaned.includes('\0') ||
        !cleaned.isWellFormed() ||
        Math.min(text.length, 4) - cleaned.length > 1
      );
    });

    expect(wrong).toEqual([]);
  });
});
