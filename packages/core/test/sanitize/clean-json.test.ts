import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { cleanJson } from '../../src/sanitize/clean-json.ts';
import type { JsonLimits, JsonValue, MendReason } from '../../src/sanitize/clean-json.ts';
import { createRedact, defaultRedact } from '../../src/sanitize/redact.ts';
import type { Redact } from '../../src/sanitize/redact.ts';

const keepAll: Redact = (_key, value) => value;

function clean(value: unknown, limits: Partial<JsonLimits> = {}): { json: JsonValue; mended: MendReason[] } {
  const mended: MendReason[] = [];
  const json = cleanJson(value, { redact: keepAll, limits, onMended: (reason) => mended.push(reason) });
  return { json, mended };
}

function throwing(): never {
  throw new Error('from inside');
}

function around(): object {
  const outer: Record<string, unknown> = {};
  outer['inner'] = { toJSON: () => outer };
  return outer;
}

describe('cleanJson', () => {
  it.each<[string, unknown, JsonValue, MendReason[]]>([
    [
      'plain data',
      { a: 'x', b: 1, c: true, d: null, e: [1, 'y', { f: 0.5 }] },
      { a: 'x', b: 1, c: true, d: null, e: [1, 'y', { f: 0.5 }] },
      [],
    ],
    ['a string', 'x', 'x', []],
    ['quotes and SQL', { "'; drop table x; --": '"\\' }, { "'; drop table x; --": '"\\' }, []],
    [
      'a NUL and a lone surrogate',
      ['\0', '\ud800'],
      ['\ufffd', '\ufffd'],
      ['text_replaced', 'text_replaced'],
    ],
    ['a NUL in a name', { 'a\0': 1 }, { 'a\ufffd': 1 }, ['text_replaced']],
    [
      'numbers that are none',
      [Number.NaN, Infinity, -Infinity],
      ['NaN', 'Infinity', '-Infinity'],
      ['not_finite', 'not_finite', 'not_finite'],
    ],
    [
      'bigints',
      [1n, -9007199254740991n, 9007199254740992n],
      [1, -9007199254740991, '9007199254740992'],
      ['big_integer'],
    ],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z', []],
    [
      'the first and the last date',
      [new Date(-8.64e15), new Date(8.64e15)],
      ['-271821-04-20T00:00:00.000Z', '+275760-09-13T00:00:00.000Z'],
      [],
    ],
    ['an invalid date', { at: new Date(Number.NaN) }, { at: null }, ['invalid_date']],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, new Map([['b', 'c']])],
      ]),
      { a: 1, 2: { b: 'c' } },
      [],
    ],
    ['a Map with a symbol', new Map<unknown, unknown>([[Symbol('s'), 1]]), {}, ['unsupported']],
    ['a Set', new Set([1, 'a']), [1, 'a'], []],
    [
      'bytes',
      [
        Buffer.from('abc'),
        new Uint8Array([1, 2]),
        new Uint8Array([1, 2, 3]).buffer,
        new DataView(new ArrayBuffer(1)),
      ],
      ['YWJj', 'AQI=', 'AQID', 'AA=='],
      [],
    ],
    [
      'typed numbers',
      [new Float64Array([0.5, Number.NaN]), new BigInt64Array([1n])],
      [[0.5, 'NaN'], [1]],
      ['not_finite'],
    ],
    ['boxed values', [Object('x'), Object(1), Object(true)], ['x', 1, true], []],
    [
      'what JSON does not have',
      { a: undefined, b: () => 1, c: Symbol('s'), d: 1 },
      { d: 1 },
      ['unsupported', 'unsupported'],
    ],
    [
      'what JSON does not have, in a list',
      [undefined, () => 1, Symbol('s'), 1],
      [null, null, null, 1],
      ['unsupported', 'unsupported'],
    ],
    ['holes', [, 1], [null, 1], []], // eslint-disable-line no-sparse-arrays -- a hole is what is tested
    ['nothing at all', undefined, null, []],
    ['a function', () => 1, null, ['unsupported']],
    ['toJSON', { a: { toJSON: (key: string) => `json of ${key}` } }, { a: 'json of a' }, []],
    [
      'toJSON that answers itself',
      {
        a: {
          x: 1,
          toJSON() {
            return this;
          },
        },
      },
      { a: { x: 1 } },
      ['unsupported'],
    ],
    ['toJSON that answers an object around it', around(), { inner: '[Circular]' }, ['circular']],
    ['toJSON of a URL', { a: new URL('https://shop/x') }, { a: 'https://shop/x' }, []],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }, []],
    [
      'an instance',
      new (class Point {
        x = 1;
        #y = 2;
        sum = (): number => this.#y;
      })(),
      { x: 1 },
      ['unsupported'],
    ],
    ['symbols as names', { [Symbol('s')]: 1, a: 1 }, { a: 1 }, []],
    [
      'a getter',
      {
        get a() {
          return 1;
        },
      },
      { a: 1 },
      [],
    ],
    [
      'a getter that throws',
      {
        get a() {
          return throwing();
        },
        b: 1,
      },
      { a: '[Unreadable]', b: 1 },
      ['unreadable'],
    ],
    ['a toJSON that throws', { a: { toJSON: throwing }, b: 1 }, { a: '[Unreadable]', b: 1 }, ['unreadable']],
    [
      'a toJSON getter that throws',
      {
        a: {
          get toJSON() {
            return throwing();
          },
        },
      },
      { a: '[Unreadable]' },
      ['unreadable'],
    ],
    [
      'a proxy that throws',
      { a: new Proxy({}, { ownKeys: throwing }), b: 1 },
      { a: '[Unreadable]', b: 1 },
      ['unreadable'],
    ],
    ['a list that throws', { a: new Proxy([1], { get: throwing }), b: 1 }, { a: '[REDACTED]', b: 1 }, []],
    [
      'a name that cannot be text',
      { a: new Map([[Object.create(null), 1]]), b: 1 },
      { a: '[Unreadable]', b: 1 },
      ['unreadable'],
    ],
    ['a false date', { a: Object.create(Date.prototype) as unknown }, { a: '[Unreadable]' }, ['unreadable']],
  ])('copies %s', (_case, value, json, mended) => {
    expect(clean(value)).toEqual({ json, mended });
  });

  it('copies errors, also of another realm, by name, message and stack', () => {
    const error = new TypeError('no', { cause: 'dropped' });
    error.stack = 'TypeError: no\n    at x';
    const foreign = vm.runInNewContext(
      `const error = new RangeError('far'); error.stack = 'here'; error`,
    ) as unknown;

    expect(clean([error, foreign]).json).toEqual([
      { name: 'TypeError', message: 'no', stack: 'TypeError: no\n    at x' },
      { name: 'RangeError', message: 'far', stack: 'here' },
    ]);
  });

  it('survives a revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();

    expect(() => clean({ proxy })).not.toThrow();
    expect(() => cleanJson(proxy, { redact: defaultRedact })).not.toThrow();
  });

  it('names a circle and repeats what is only shared', () => {
    const shared = { x: 1 };
    const value: Record<string, unknown> = { a: shared, b: [shared, shared] };
    value['self'] = value;
    value['inner'] = { parent: value };

    expect(clean(value)).toEqual({
      json: { a: { x: 1 }, b: [{ x: 1 }, { x: 1 }], self: '[Circular]', inner: { parent: '[Circular]' } },
      mended: ['circular', 'circular'],
    });
  });

  it('keeps names such as __proto__ as data and pollutes nothing', () => {
    const text =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"toString":3,"a":{"__proto__":null}}';

    const { json } = clean(JSON.parse(text));

    expect(JSON.stringify(json)).toBe(text);
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('cuts strings without splitting a pair, and names', () => {
    const { json, mended } = clean({ text: `${'x'.repeat(16_383)}😀`, ['k'.repeat(2_000)]: 1 });

    expect(json).toEqual({ text: 'x'.repeat(16_383), ['k'.repeat(1_024)]: 1 });
    expect(mended).toEqual(['text_cut', 'text_cut']);
  });

  it('cuts ten megabytes to 16,384 code units and says so once', () => {
    const { json, mended } = clean('x'.repeat(10_000_000));

    expect([json, mended]).toEqual(['x'.repeat(16_384), ['text_cut']]);
  });

  it('cuts bytes to text that still decodes to their beginning', () => {
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_none, index) => index % 251));

    const { json, mended } = clean(bytes);

    expect(mended).toEqual(['text_cut']);
    expect(Buffer.from(String(json), 'base64').equals(bytes.subarray(0, 12_288))).toBe(true);
  });

  it('does not write out a bigint of a million digits', () => {
    expect(clean(1n << 4_000_000n)).toEqual({ json: '[Truncated]', mended: ['big_integer'] });
  });

  it('stops at a depth of 32 containers', () => {
    let value: unknown = 'end';
    for (let depth = 0; depth < 10_000; depth += 1) {
      value = [value];
    }

    const { json, mended } = clean(value);

    expect([JSON.stringify(json), mended]).toEqual([
      `${'['.repeat(32)}"[Truncated]"${']'.repeat(32)}`,
      ['too_deep'],
    ]);
  });

  it('ends a toJSON that always answers something new', () => {
    const endless = (): object => ({ toJSON: () => ({ next: endless() }) });

    const { json, mended } = clean(endless());

    expect(JSON.stringify(json)).toContain('[Truncated]');
    expect(mended).toEqual(['too_deep']);
  });

  it('keeps 1,000 properties or elements of a container', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_none, index) => [`k${index}`, index]));
    const list = Array.from({ length: 10_000 }, (_none, index) => index);

    const counts = [many, new Map(Object.entries(many)), list, new Set(list), new Float32Array(10_000)].map(
      (value) => {
        const { json, mended } = clean(value);
        return [Object.keys(json as object).length, mended];
      },
    );

    expect(counts).toEqual(Array.from({ length: 5 }, () => [1_000, ['too_many_items']]));
  });

  it('keeps 10,000 values in all', () => {
    const value = Array.from({ length: 100 }, () => Array.from({ length: 500 }, () => 1));

    const { json, mended } = clean(value);

    const kept = (json as number[][]).reduce((sum, list) => sum + list.length, (json as unknown[]).length);
    // The outermost list is a value too.
    expect(kept).toBe(9_999);
    expect(new Set(mended)).toEqual(new Set(['too_many_nodes']));
  });

  it('keeps a million characters in all', () => {
    const { json, mended } = clean(Array.from({ length: 100 }, () => 'x'.repeat(16_384)));

    const kept = (json as (string | null)[]).filter((text) => text !== null);
    expect(kept).toHaveLength(64);
    expect(mended).toEqual(Array.from({ length: 36 }, () => 'too_much_text'));
  });

  it('takes limits of the caller', () => {
    const { json } = clean(
      { a: 'abcdef', b: [[1]], c: 1, d: 2 },
      { maxStringLength: 3, maxItems: 3, maxDepth: 2 },
    );

    expect(json).toEqual({ a: 'abc', b: ['[Truncated]'], c: 1 });
  });

  it('redacts at every level, in lists, Maps, errors and what toJSON answers', () => {
    const error = new Error('postgres://u:p@h/db');
    error.stack = 'at postgres://u:p@h/db';
    const value = {
      password: 'x',
      list: ['https://u:p@h', { authorization: 'x', ok: 1 }],
      map: new Map([['api_key', 'x']]),
      error,
      url: new URL('https://u:p@shop/x?id=7'),
    };

    expect(cleanJson(value, { redact: defaultRedact })).toEqual({
      password: '[REDACTED]',
      list: ['https://[REDACTED]@h', { authorization: '[REDACTED]', ok: 1 }],
      map: { api_key: '[REDACTED]' },
      error: { name: 'Error', message: 'postgres://[REDACTED]@h/db', stack: 'at postgres://[REDACTED]@h/db' },
      url: 'https://[REDACTED]@shop/x?id=[REDACTED]',
    });
    expect(cleanJson('password=x', { redact: defaultRedact })).toBe('password=[REDACTED]');
  });

  it('asks the user function for every property and element, and drops what it answers undefined to', () => {
    const asked: string[] = [];
    const redact = createRedact((key, value) => {
      asked.push(key);
      return value === 'drop me' ? undefined : value;
    });

    const json = cleanJson({ a: 'drop me', b: ['keep', 'drop me'], c: { d: 1 } }, { redact });

    expect(json).toEqual({ b: ['keep', null], c: { d: 1 } });
    expect(asked).toEqual(['', 'a', 'b', 'b', 'b', 'c', 'd']);
  });

  it('masks where a bare redact function throws', () => {
    expect(cleanJson({ a: 1 }, { redact: throwing })).toBe('[REDACTED]');
  });

  it('never throws because the one who counts does', () => {
    expect(cleanJson([Number.NaN], { redact: keepAll, onMended: throwing })).toEqual(['NaN']);
  });

  it('lets no half of a password through where a long text is cut', () => {
    const leaks = Array.from({ length: 120 }, (_none, offset) => {
      // Masking makes the first part shorter, so that what stands at the far edge of what is examined moves up.
      const first = `password=${'a'.repeat(8_000)} `;
      const before = first + 'x'.repeat(16_384 + 1_024 - first.length - 20 - offset);
      return cleanJson(`${before} postgres://app:${'s'.repeat(80)}@db/shop ${'y'.repeat(5_000)}`, {
        redact: defaultRedact,
      });
    }).filter((json) => String(json).includes('sss'));

    expect(leaks).toEqual([]);
  });

  it('leaves what it copies as it is', () => {
    const value = Object.freeze({ a: Object.freeze(['\0', Object.freeze({ password: 'x' })]) });

    cleanJson(value, { redact: defaultRedact });

    expect(value).toEqual({ a: ['\0', { password: 'x' }] });
  });

  it('gives what JSON.stringify writes and JSON.parse reads back, of whatever is nested', () => {
    const parts = [
      '\0',
      Number.NaN,
      2n ** 64n,
      new Date(Number.NaN),
      undefined,
      Symbol('s'),
      new Map([['\ud800', -0]]),
      new Error('e'),
      null,
    ];
    const values = parts.flatMap((a) =>
      parts.map((b) => ({ a: [a, { b }], [String(typeof b)]: new Set([a, b]) })),
    );

    for (const value of values) {
      const { json } = clean(value);
      const text = JSON.stringify(json);
      expect(text).not.toMatch(/\\u0000|\\ud[89a-f]/);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(json)));
    }
  });
});
