import { describe, expect, it } from 'vitest';
import { cleanAttributes, cleanLabels } from '../../src/sanitize/clean-json.ts';
import type { MendReason } from '../../src/sanitize/clean-json.ts';
import { defaultRedact } from '../../src/sanitize/redact.ts';
import { cpuMilliseconds } from './cpu-time.ts';

const options = { redact: defaultRedact };

function reasons(
  clean: typeof cleanAttributes | typeof cleanLabels,
  value: unknown,
): [unknown, MendReason[]] {
  const mended: MendReason[] = [];
  return [clean(value, { ...options, onMended: (reason) => mended.push(reason) }), mended];
}

describe('cleanAttributes', () => {
  it('keeps plain attributes', () => {
    const attributes = {
      'http.route': '/orders/:id',
      'http.response.status_code': 200,
      retried: false,
      tags: ['a', 'b'],
      nothing: null,
    };

    expect(cleanAttributes(attributes, options)).toEqual(attributes);
  });

  it('drops undefined and functions, and masks secrets', () => {
    const attributes = {
      a: undefined,
      b: () => 1,
      'http.request.header.authorization': ['Bearer x'],
      'url.query': 'a=1',
      nested: { token: 'x' },
    };

    expect(cleanAttributes(attributes, options)).toEqual({
      'http.request.header.authorization': '[REDACTED]',
      'url.query': 'a=[REDACTED]',
      nested: { token: '[REDACTED]' },
    });
  });

  it('takes a Map', () => {
    expect(cleanAttributes(new Map([['a', 1]]), options)).toEqual({ a: 1 });
  });

  it.each<[unknown, MendReason[]]>([
    [undefined, []],
    [null, []],
    ['text', ['not_an_object']],
    [42, ['not_an_object']],
    [['a'], ['not_an_object']],
    [() => 1, ['not_an_object']],
    [
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
      ['unreadable'],
    ],
  ])('makes an empty object of case %#', (value, mended) => {
    expect(reasons(cleanAttributes, value)).toEqual([{}, mended]);
  });

  it('names a circle', () => {
    const attributes: Record<string, unknown> = { a: 1 };
    attributes['self'] = attributes;

    expect(cleanAttributes(attributes, options)).toEqual({ a: 1, self: '[Circular]' });
  });

  it('keeps __proto__ as data', () => {
    const attributes = JSON.parse('{"__proto__":"x","constructor":"y"}') as unknown;

    expect(JSON.stringify(cleanAttributes(attributes, options))).toBe('{"__proto__":"x","constructor":"y"}');
  });

  it('takes 10,000 attributes and ten megabytes in time, and keeps what the limits say', () => {
    const many = Object.fromEntries(
      Array.from({ length: 10_000 }, (_none, index) => [`k${index}`, 'a=b:c '.repeat(100_000)]),
    );

    let result: [unknown, MendReason[]] = [{}, []];
    const spentMs = cpuMilliseconds(() => {
      result = reasons(cleanAttributes, many);
    });
    const [json, mended] = result;

    expect(Object.keys(json as object)).toHaveLength(63);
    expect(new Set(mended)).toEqual(new Set(['too_many_items', 'text_cut', 'too_much_text']));
    expect(spentMs).toBeLessThan(2_000);
  });
});

describe('cleanLabels', () => {
  it('makes text of every value', () => {
    const labels = {
      route: '/orders',
      status: 200,
      ok: true,
      big: 2n ** 64n,
      small: 1n,
      ratio: Number.NaN,
      at: new Date(0),
      list: [1, 'a'],
      object: { b: 1 },
    };

    expect(cleanLabels(labels, options)).toEqual({
      route: '/orders',
      status: '200',
      ok: 'true',
      big: '18446744073709551616',
      small: '1',
      ratio: 'NaN',
      at: '1970-01-01T00:00:00.000Z',
      list: '[1,"a"]',
      object: '{"b":1}',
    });
  });

  it('drops null, undefined, functions and symbols', () => {
    expect(cleanLabels({ a: null, b: undefined, c: () => 1, d: Symbol('s'), e: 'kept' }, options)).toEqual({
      e: 'kept',
    });
  });

  it('masks secrets', () => {
    expect(cleanLabels({ api_key: 'x', url: '/a?b=c', nested: { password: 'x' } }, options)).toEqual({
      api_key: '[REDACTED]',
      url: '/a?b=[REDACTED]',
      nested: '{"password":"[REDACTED]"}',
    });
  });

  it('keeps 64 labels, 256 characters of a name and 1,024 of a value', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_none, index) => [`k${index}`, index]));
    const long = {
      ['n'.repeat(300)]: 'v'.repeat(2_000),
      list: Array.from({ length: 64 }, () => 'w'.repeat(100)),
    };

    const [kept, mended] = reasons(cleanLabels, many);
    const [cut] = reasons(cleanLabels, long);

    expect([Object.keys(kept as object).length, mended]).toEqual([64, ['too_many_items']]);
    expect(cut).toEqual({
      ['n'.repeat(256)]: 'v'.repeat(1_024),
      list: JSON.stringify(long.list).slice(0, 1_024),
    });
  });

  it('keeps __proto__ as data', () => {
    const labels = JSON.parse('{"__proto__":1,"constructor":{"a":1}}') as unknown;

    expect(JSON.stringify(cleanLabels(labels, options))).toBe(
      '{"__proto__":"1","constructor":"{\\"a\\":1}"}',
    );
  });

  it.each<[unknown, MendReason[]]>([
    [undefined, []],
    [null, []],
    ['text', ['not_an_object']],
    [[], ['not_an_object']],
  ])('makes no labels of %j', (value, mended) => {
    expect(reasons(cleanLabels, value)).toEqual([{}, mended]);
  });
});
