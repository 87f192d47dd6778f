import { describe, expect, it } from 'vitest';
import { parseTracestate } from '../../src/propagation/tracestate.ts';
import { cpuMilliseconds } from '../sanitize/cpu-time.ts';

const MEMBERS = Array.from({ length: 33 }, (_none, index) => `bar${index}=${index}`);
const KEY_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/@';
const VALUE_CHARACTERS = Array.from({ length: 0x7f - 0x20 }, (_none, index) =>
  String.fromCharCode(0x20 + index),
)
  .join('')
  .replace(',', '')
  .replace('=', '');

describe('parseTracestate', () => {
  it.each([
    ['one member', 'foo=1', 'foo=1'],
    [
      'members in their order',
      'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
      'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    ],
    [
      'several headers in their order',
      ['foo=1,bar=2', 'rojo=1,congo=2', 'baz=3'],
      'foo=1,bar=2,rojo=1,congo=2,baz=3',
    ],
    ['white space around members', 'foo=1 \t , \t bar=2, \t baz=3', 'foo=1,bar=2,baz=3'],
    ['white space around all', '\t foo=1 \t', 'foo=1'],
    ['leading spaces of a value as part of it', 'foo=  1', 'foo=  1'],
    ['inner spaces of a value', 'foo=1 2', 'foo=1 2'],
    ['every character of a key', `${KEY_CHARACTERS}=1`, `${KEY_CHARACTERS}=1`],
    ['every character of a value', `foo=${VALUE_CHARACTERS}`, `foo=${VALUE_CHARACTERS}`],
    ['a key that begins with a digit', '0foo=1', '0foo=1'],
    ['a tenant and a vendor', 't@v=1', 't@v=1'],
    ['what Level 1 refused of tenants', 'foo@=1,foo@@bar=2,foo@bar@baz=3', 'foo@=1,foo@@bar=2,foo@bar@baz=3'],
    ['a vendor of 15 characters, which Level 1 refused', `t@${'v'.repeat(15)}=1`, `t@${'v'.repeat(15)}=1`],
    ['a key of 256 characters', ['foo=1', `${'z'.repeat(256)}=1`], `foo=1,${'z'.repeat(256)}=1`],
    ['a value of 256 characters', `foo=${'v'.repeat(256)}`, `foo=${'v'.repeat(256)}`],
    ['32 members', MEMBERS.slice(0, 32).join(','), MEMBERS.slice(0, 32).join(',')],
    ['empty members as none', 'foo=1,,bar=2, \t ,', 'foo=1,bar=2'],
    ['an empty header before', ['', 'foo=1'], 'foo=1'],
    ['an empty header behind', ['foo=1', ''], 'foo=1'],
    ['32 members among empty ones', MEMBERS.slice(0, 32).join(',,'), MEMBERS.slice(0, 32).join(',')],
    ['the left-most of a repeated key', 'foo=1,bar=2,foo=3', 'foo=1,bar=2'],
    ['the left-most of a key repeated in another header', ['foo=1', 'foo=2'], 'foo=1'],
    ['a key called __proto__', 'x__proto__=1,constructor=2', 'x__proto__=1,constructor=2'],
  ])('keeps %s', (_case, header, expected) => {
    expect(parseTracestate(header)).toBe(expected);
  });

  it.each([
    ['an empty header', ''],
    ['white space', ' \t '],
    ['commas', ',,,'],
    ['no header', undefined],
    ['an empty list', []],
    ['33 members', MEMBERS.join(',')],
    ['33 members of which two are one key', [...MEMBERS.slice(0, 32), 'bar0=1'].join(',')],
    ['a space in a key', 'foo =1'],
    ['a key in upper case', 'FOO=1'],
    ['a dot in a key', 'foo.bar=1'],
    ['a key that begins with @', '@foo=1,bar=2'],
    ['a key that begins with _', '_foo=1'],
    ['no key', '=1'],
    ['no value', 'foo=,bar=3'],
    ['a value of spaces', 'foo=   ,bar=3'],
    ['no equals sign', 'foo'],
    ['two equals signs', 'foo=bar=baz'],
    ['a tab in a value', 'foo=a\tb'],
    ['a line feed', 'foo=1\nx-injected: 1'],
    ['a NUL', 'foo=1\0'],
    ['text that is not ASCII', 'foo=ä'],
    ['a key of 257 characters', ['foo=1', `${'z'.repeat(257)}=1`]],
    ['a value of 257 characters', `foo=${'v'.repeat(257)}`],
    ['one bad member among good ones', 'foo=1,BAR=2,baz=3'],
  ])('drops the whole of %s', (_case, header) => {
    expect(parseTracestate(header)).toBeUndefined();
  });

  it.each([[42], [null], [{ foo: 1 }], [['foo=1', 2]], [[['foo=1']]]])(
    'drops what is no header: %j',
    (header) => {
      expect(parseTracestate(header as never)).toBeUndefined();
    },
  );

  it('changes nothing more when it reads what it has written', () => {
    const once = parseTracestate([' a=1 ,,b= 2', 'c=3,a=4']);

    expect(parseTracestate(once)).toBe(once);
  });

  it('refuses ten megabytes at once', () => {
    const headers = [',', ' ', 'a', 'a=1,', '='].map((unit) => unit.repeat(10_000_000 / unit.length));

    let parsed: unknown;
    const spentMs = cpuMilliseconds(() => {
      parsed = [...headers, headers].map((header) => parseTracestate(header));
    });

    expect(parsed).toEqual(Array.from({ length: 6 }, () => undefined));
    expect(spentMs).toBeLessThan(500);
  });
});
