import { describe, expect, it, vi } from 'vitest';
import { createRedact, defaultRedact } from '../../src/sanitize/redact.ts';
import { cpuMilliseconds } from './cpu-time.ts';

describe('defaultRedact', () => {
  it.each([['x'], [''], [12345], [true], [10n], [{ a: 1 }], [['a']], [Symbol('s')], [() => 'x']])(
    'masks a secret whatever it is: case %#',
    (value) => {
      expect(defaultRedact('user.password', value)).toBe('[REDACTED]');
    },
  );

  it.each([[undefined], [null]])('leaves a secret that is not there: %j', (value) => {
    expect(defaultRedact('user.password', value)).toBe(value);
  });

  it.each([
    ['url.full', 'https://shop/o?id=7&lang=de', 'https://shop/o?id=[REDACTED]&lang=[REDACTED]'],
    ['url.full', 'https://u:p@shop/o?id=7#top', 'https://[REDACTED]@shop/o?id=[REDACTED]#top'],
    [
      'url.full',
      'https://shop/cb#access_token=a&state=b',
      'https://shop/cb#access_token=[REDACTED]&state=[REDACTED]',
    ],
    ['url.full', 'https://shop/#/route?x=1', 'https://shop/#/route?x=[REDACTED]'],
    ['url.full', 'https://shop/o?a=&b&c=1=2&&d=x y', 'https://shop/o?a=&b&c=[REDACTED]&&d=[REDACTED]'],
    ['url.full', 'https://shop/o', 'https://shop/o'],
    ['url.full', '?', '?'],
    ['url.full', '', ''],
    ['url.query', 'id=7&lang=de', 'id=[REDACTED]&lang=[REDACTED]'],
    ['url.query', '?id=7', '?id=[REDACTED]'],
    ['url.query', 'flag', 'flag'],
    ['http.url', 'http://h/?q=secret words', 'http://h/?q=[REDACTED]'],
    ['http.target', '/search?q=x', '/search?q=[REDACTED]'],
    ['url', '/search?q=x', '/search?q=[REDACTED]'],
    ['http.request.header.referer', 'https://a/?q=x', 'https://a/?q=[REDACTED]'],
    ['callback_url', 'https://a/?code=x', 'https://a/?code=[REDACTED]'],
    ['dsn', 'app:pw@tcp(db:3306)/shop', '[REDACTED]@tcp(db:3306)/shop'],
    ['dsn', 'postgres://app:pw@db/shop', 'postgres://[REDACTED]@db/shop'],
    ['dsn', 'host=db password=pw', 'host=db password=[REDACTED]'],
    [
      'db.query.text',
      "select * from t where token = 'x' and a = b",
      "select * from t where token = '[REDACTED]' and a = b",
    ],
    [
      'db.query.text',
      'select 1 from a join b on a.token = b.token',
      'select 1 from a join b on a.token = b.token',
    ],
    ['note', 'postgres://app:pw@db/shop', 'postgres://[REDACTED]@db/shop'],
    ['note', 'https://shop/o?id=7&token=x', 'https://shop/o?id=7&token=[REDACTED]'],
    ['note', 'nothing to hide', 'nothing to hide'],
  ])('makes of %s = %j: %j', (key, value, expected) => {
    expect(defaultRedact(key, value)).toBe(expected);
    expect(defaultRedact(key, expected)).toBe(expected);
  });

  it('masks strings in a list and leaves the list alone that needs nothing', () => {
    const harmless = ['a', 1, null, { b: 'postgres://u:p@h' }];
    const urls = ['https://u:p@h/x', 2, 'plain'];

    expect(defaultRedact('list', harmless)).toBe(harmless);
    expect(defaultRedact('list', urls)).toEqual(['https://[REDACTED]@h/x', 2, 'plain']);
    expect(urls).toEqual(['https://u:p@h/x', 2, 'plain']);
  });

  it('masks ten megabytes of a query in time', () => {
    let masked: unknown;
    const spentMs = cpuMilliseconds(() => {
      masked = defaultRedact('url.full', `https://h/?${'a=b&'.repeat(2_500_000)}`);
    });

    expect(masked).not.toContain('a=b');
    expect(spentMs).toBeLessThan(2_000);
  });
});

describe('createRedact', () => {
  it('is the defaults where there is nothing else', () => {
    expect(createRedact()).toBe(defaultRedact);
  });

  it('gives the user what the defaults have left', () => {
    const seen: unknown[] = [];
    const redact = createRedact((key, value) => {
      seen.push([key, value]);
      return key === 'email' ? '[email]' : value;
    });

    const results = [redact('password', 'x'), redact('email', 'a@b.c'), redact('note', 'https://u:p@h')];

    expect(results).toEqual(['[REDACTED]', '[email]', 'https://[REDACTED]@h']);
    expect(seen).toEqual([
      ['password', '[REDACTED]'],
      ['email', 'a@b.c'],
      ['note', 'https://[REDACTED]@h'],
    ]);
  });

  it('leaves alone what it has composed before', () => {
    const withoutDefaults = createRedact((_key, value) => value, { defaults: false });

    expect(createRedact(withoutDefaults)).toBe(withoutDefaults);
    expect(createRedact(defaultRedact)).toBe(defaultRedact);
  });

  it('can do without the defaults', () => {
    const onlyUser = createRedact((key, value) => (key === 'a' ? 'x' : value), { defaults: false });
    const nothing = createRedact(undefined, { defaults: false });

    expect([onlyUser('password', 'p'), onlyUser('a', 'p'), nothing('password', 'p')]).toEqual([
      'p',
      'x',
      'p',
    ]);
  });

  it('masks what the user function throws at', () => {
    const redact = createRedact(() => {
      throw new Error('mine');
    });

    expect(redact('note', 'x')).toBe('[REDACTED]');
  });

  it('masks what an async function answers, and hears its rejection', async () => {
    const onUnhandled = vi.fn();
    process.once('unhandledRejection', onUnhandled);
    const redact = createRedact(() => Promise.reject(new Error('late')));

    const result = redact('note', 'x');
    await new Promise((resolve) => setImmediate(resolve));

    process.off('unhandledRejection', onUnhandled);
    expect([result, onUnhandled.mock.calls]).toEqual(['[REDACTED]', []]);
  });
});
