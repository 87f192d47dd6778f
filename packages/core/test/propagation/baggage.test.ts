import { describe, expect, it } from 'vitest';
import { formatBaggage, parseBaggage } from '../../src/propagation/baggage.ts';
import type { BaggageEntry } from '../../src/propagation/baggage.ts';
import { cpuMilliseconds } from '../sanitize/cpu-time.ts';

describe('parseBaggage', () => {
  it.each<[string, unknown, BaggageEntry[]]>([
    ['one entry', 'SomeKey=SomeValue', [{ key: 'SomeKey', value: 'SomeValue' }]],
    [
      'several entries',
      'userId=alice,serverNode=DF%2028,isProduction=false',
      [
        { key: 'userId', value: 'alice' },
        { key: 'serverNode', value: 'DF 28' },
        { key: 'isProduction', value: 'false' },
      ],
    ],
    [
      'several headers',
      ['userId=alice', 'serverNode=DF%2028,isProduction=false'],
      [
        { key: 'userId', value: 'alice' },
        { key: 'serverNode', value: 'DF 28' },
        { key: 'isProduction', value: 'false' },
      ],
    ],
    [
      'white space everywhere it is allowed',
      'SomeKey \t = \t SomeValue \t ; \t SomeProp \t , \t SomeKey2 \t = \t SomeValue2 \t ; \t ValueProp \t = \t PropVal',
      [
        { key: 'SomeKey', value: 'SomeValue', properties: 'SomeProp' },
        { key: 'SomeKey2', value: 'SomeValue2', properties: 'ValueProp=PropVal' },
      ],
    ],
    [
      'several properties',
      'key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue',
      [
        { key: 'key1', value: 'value1', properties: 'property1;property2' },
        { key: 'key2', value: 'value2' },
        { key: 'key3', value: 'value3', properties: 'propertyKey=propertyValue' },
      ],
    ],
    ['equals signs in a value', 'SomeKey=SomeValue=equals', [{ key: 'SomeKey', value: 'SomeValue=equals' }]],
    ['an empty value', 'k=', [{ key: 'k', value: '' }]],
    [
      'percent-encoded text',
      'k=%09%20%22%27%3B%3Dasdf%21%40%23%24%25%5E%26%2A%28%29',
      [{ key: 'k', value: '\t "\';=asdf!@#$%^&*()' }],
    ],
    ['percent-encoded UTF-8', 'k=%C3%A4%F0%9F%98%80', [{ key: 'k', value: 'ä😀' }]],
    ['bytes that are no UTF-8 as U+FFFD', 'k=a%FFb%C3', [{ key: 'k', value: 'a\ufffdb\ufffd' }]],
    [
      'a percent sign that encodes nothing',
      'k=100%,j=%zz',
      [
        { key: 'k', value: '100%' },
        { key: 'j', value: '%zz' },
      ],
    ],
    ['a byte order mark', 'k=%EF%BB%BFx', [{ key: 'k', value: '\ufeffx' }]],
    [
      'a byte order mark beside bytes that are no UTF-8',
      'k=%EF%BB%BF%FF',
      [{ key: 'k', value: '\ufeff\ufffd' }],
    ],
    ['an encoded NUL', 'k=%00', [{ key: 'k', value: '\0' }]],
    [
      'a repeated key twice',
      'k=1,k=2',
      [
        { key: 'k', value: '1' },
        { key: 'k', value: '2' },
      ],
    ],
    ['every character of a token', "!#$%&'*+-.^_`|~09azAZ=1", [{ key: "!#$%&'*+-.^_`|~09azAZ", value: '1' }]],
    ['a trailing semicolon', 'k=1;', [{ key: 'k', value: '1' }]],
    ['__proto__ as a key', '__proto__=1', [{ key: '__proto__', value: '1' }]],
  ])('reads %s', (_case, header, expected) => {
    expect(parseBaggage(header)).toEqual(expected);
  });

  it.each([
    ['no equals sign', 'bad'],
    ['an empty member', ''],
    ['no key', '=1'],
    ['a space in a key', 'b ad=1'],
    ['a quoted key', '"bad"=1'],
    ['a key that is not ASCII', 'bäd=1'],
    ['a space in a value', 'bad=1 2'],
    ['a quote in a value', 'bad="1"'],
    ['a backslash in a value', 'bad=a\\b'],
    ['a value that is not ASCII', 'bad=ä'],
    ['a NUL', 'bad=\0'],
    ['a line feed', 'bad=1\r\nx: 1'],
    ['a malformed property', 'bad=1;p p'],
    ['a property without a key', 'bad=1;=2'],
  ])('drops the entry with %s and keeps its neighbours', (_case, member) => {
    expect(parseBaggage(`first=1,${member},last=2`)).toEqual([
      { key: 'first', value: '1' },
      { key: 'last', value: '2' },
    ]);
  });

  it('keeps the first 64 entries', () => {
    const header = Array.from({ length: 100 }, (_none, index) => `k${index}=v`).join(',');

    const keys = parseBaggage(header).map(({ key }) => key);

    expect(keys).toEqual(Array.from({ length: 64 }, (_none, index) => `k${index}`));
  });

  it('keeps one entry of 8,192 bytes, and no part of a longer one', () => {
    const longest = `a=${'0'.repeat(8_190)}`;

    expect(parseBaggage(longest)).toEqual([{ key: 'a', value: '0'.repeat(8_190) }]);
    expect(parseBaggage(`${longest}1`)).toEqual([]);
    expect(parseBaggage(`${longest},b=1`)).toEqual([{ key: 'a', value: '0'.repeat(8_190) }]);
    expect(parseBaggage(['b=1', longest])).toEqual([{ key: 'b', value: '1' }]);
  });

  it.each([[undefined], [null], [42], [{}], [[]], [[1]], [['a=1', null]], [true]])(
    'finds nothing in %j',
    (header) => {
      expect(parseBaggage(header)).toEqual([]);
    },
  );

  it('takes ten megabytes without delay', () => {
    const headers = [',', ' ', ';', 'k=1,', '%', 'a=%ff'].map((unit) =>
      unit.repeat(10_000_000 / unit.length),
    );

    let counts: unknown;
    const spentMs = cpuMilliseconds(() => {
      counts = [...headers, headers].map((header) => parseBaggage(header).length);
    });

    expect(counts).toEqual([0, 0, 0, 64, 0, 0, 0]);
    expect(spentMs).toBeLessThan(500);
  });
});

describe('formatBaggage', () => {
  it.each<[string, BaggageEntry[], string | undefined]>([
    ['nothing for no entries', [], undefined],
    [
      'entries in their order',
      [
        { key: 'b', value: '1' },
        { key: 'a', value: '2' },
      ],
      'b=1,a=2',
    ],
    [
      'what would end a value, encoded',
      [{ key: 'k', value: 'a,b;c="d"\r\n\\ %' }],
      'k=a%2Cb%3Bc%3D%22d%22%0D%0A%5C%20%25',
    ],
    ['text beyond ASCII as UTF-8', [{ key: 'k', value: 'ä😀' }], 'k=%C3%A4%F0%9F%98%80'],
    ['a lone surrogate as U+FFFD', [{ key: 'k', value: '\ud800' }], 'k=%EF%BF%BD'],
    ['properties', [{ key: 'k', value: '1', properties: ' ttl = 30 ;private' }], 'k=1;ttl=30;private'],
    [
      'no entry with a bad key',
      [
        { key: 'a b', value: '1' },
        { key: '', value: '1' },
        { key: 'c', value: '1' },
      ],
      'c=1',
    ],
    [
      'no entry whose properties would add another',
      [{ key: 'k', value: '1', properties: 'p,admin=true' }],
      undefined,
    ],
    [
      'no entry whose properties end the header',
      [{ key: 'k', value: '1', properties: 'p\r\nx: 1' }],
      undefined,
    ],
  ])('writes %s', (_case, entries, expected) => {
    expect(formatBaggage(entries)).toBe(expected);
  });

  it('leaves out what does not fit and goes on with what does', () => {
    const entries = [
      { key: 'a', value: 'x'.repeat(8_000) },
      { key: 'b', value: 'x'.repeat(8_000) },
      { key: 'c', value: 'x'.repeat(10_000_000) },
      { key: 'd', value: '1' },
    ];

    expect(formatBaggage(entries)).toBe(`a=${'x'.repeat(8_000)},d=1`);
  });

  it('writes at most 64 entries', () => {
    const entries = Array.from({ length: 100 }, (_none, index) => ({ key: `k${index}`, value: '' }));

    expect(formatBaggage(entries)?.split(',')).toHaveLength(64);
  });

  it.each([[undefined], [null], ['k=1'], [{}], [[null, 1, 'k=1', {}, { key: 'k' }, { key: 1, value: 2 }]]])(
    'writes nothing for %j',
    (entries) => {
      expect(formatBaggage(entries as never)).toBeUndefined();
    },
  );

  it('writes what parseBaggage reads back, for every character there is in one unit', () => {
    const values = Array.from({ length: 0x80 }, (_none, block) =>
      Array.from({ length: 0x200 }, (_unit, offset) => String.fromCharCode(block * 0x200 + offset))
        .join('')
        .toWellFormed(),
    );

    const mistaken = values.filter((value) => {
      const [entry] = parseBaggage(formatBaggage([{ key: 'k', value }]));
      return entry?.value !== value;
    });

    expect(mistaken).toEqual([]);
  });
});
