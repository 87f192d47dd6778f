import { describe, expect, it } from 'vitest';
import { redactSql, redactText } from '../../src/sanitize/redact-text.ts';
import { cpuMilliseconds } from './cpu-time.ts';

describe('redactText', () => {
  it.each([
    // URLs
    [
      'connect postgres://app:s3cret@db:5432/shop failed',
      'connect postgres://[REDACTED]@db:5432/shop failed',
    ],
    ['see https://user:pw@a/x and https://u:p@b/y', 'see https://[REDACTED]@a/x and https://[REDACTED]@b/y'],
    ['https://ghp_abc@github.com/a', 'https://[REDACTED]@github.com/a'],
    ['redis://:pw@host:6379', 'redis://[REDACTED]@host:6379'],
    ['mongodb+srv://u:p@h1:1,h2:2/db', 'mongodb+srv://[REDACTED]@h1:1,h2:2/db'],
    ['"postgres://u:p@h/db"', '"postgres://[REDACTED]@h/db"'],
    ['postgres://u:p@ss@h/db', 'postgres://[REDACTED]@h/db'],
    ['postgres://u:p/w@h/db', 'postgres://[REDACTED]@h/db'],
    ['postgres://u:p#w@h/db', 'postgres://[REDACTED]@h/db'],
    ['postgres://u:p?w@h/db', 'postgres://[REDACTED]@h/db'],
    ['https://u:p/w@h/x', 'https://[REDACTED]@h/x'],
    // name=value
    ['host=h password=x user=u', 'host=h password=[REDACTED] user=u'],
    ['password = x', 'password = [REDACTED]'],
    ["password='a b' user=u", "password='[REDACTED]' user=u"],
    ["password='it''s' user=u", "password='[REDACTED]' user=u"],
    ['password="a\\"b" x', 'password="[REDACTED]" x'],
    ['Server=db;User Id=sa;Password=p,w;Database=x', 'Server=db;User Id=sa;Password=[REDACTED];Database=x'],
    ['PGPASSWORD=abc psql', 'PGPASSWORD=[REDACTED] psql'],
    ['/o?id=7&access_token=abc&x=1', '/o?id=7&access_token=[REDACTED]&x=1'],
    ['client_id=a&client_secret=b', 'client_id=a&client_secret=[REDACTED]'],
    ['user[password]=x&a=1', 'user[password]=[REDACTED]&a=1'],
    ['user%5Bpassword%5D=x&a=1', 'user%5Bpassword%5D=[REDACTED]&a=1'],
    ['(password=abc).', '(password=[REDACTED]).'],
    ['password=a, user=b', 'password=[REDACTED], user=b'],
    ['password=a,user=b', 'password=[REDACTED],user=b'],
    ['password => "x"', 'password => "[REDACTED]"'],
    ['if (password == "x")', 'if (password == "[REDACTED]")'],
    ["password=b'x' user=u", "password=b'[REDACTED]' user=u"],
    ["password=it's user=u", 'password=[REDACTED] user=u'],
    ['fetch("/o?token=abc")', 'fetch("/o?token=[REDACTED]")'],
    ['password="not closed', 'password="[REDACTED]'],
    // JSON and what util.inspect writes
    ['{"user":"u","password":"x","a":1}', '{"user":"u","password":"[REDACTED]","a":1}'],
    ['{"pin":1,"otp": 123456}', '{"pin":1,"otp": [REDACTED]}'],
    ['{"password":"a\\"b","a":1}', '{"password":"[REDACTED]","a":1}'],
    [String.raw`"{\"password\":\"x\",\"a\":1}"`, String.raw`"{\"password\":\"[REDACTED]\",\"a\":1}"`],
    ["{ password: 'hunter2', a: 1 }", "{ password: '[REDACTED]', a: 1 }"],
    ["'set-cookie': [ 'a=b', 'c=d' ], x: 1", "'set-cookie': [REDACTED], x: 1"],
    ['{"secrets":[["a"],["b"]],"c":1}', '{"secrets":[REDACTED],"c":1}'],
    ['{"token":{"value":"a","type":"b"},"c":1}', '{"token":[REDACTED],"c":1}'],
    ['Driver={x};Pwd={a;b};Uid=c', 'Driver={x};Pwd=[REDACTED];Uid=c'],
    ['{"credentials":{"user":"u","password":"x"}}', '{"credentials":{"user":"u","password":"[REDACTED]"}}'],
    // headers
    ['Authorization: Bearer abc.def, accept: x', 'Authorization: [REDACTED], accept: x'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: [REDACTED]'],
    ['authorization=Basic dXNlcjpwYXNz; x', 'authorization=[REDACTED]; x'],
    ['Authorization: Digest username="u", response="r"\nnext: 1', 'Authorization: [REDACTED]\nnext: 1'],
    ['Cookie: a=b; c=d\r\nHost: x', 'Cookie: [REDACTED]\r\nHost: x'],
    ['set-cookie: sid=1; Path=/', 'set-cookie: [REDACTED]'],
    ['X-Api-Key: k1', 'X-Api-Key: [REDACTED]'],
    ['Bearer xyz', 'Bearer [REDACTED]'],
    ['got bearer eyJh.eyJz.c2ln- here', 'got bearer [REDACTED] here'],
    ['Basic dXNlcjpwYXNz', 'Basic [REDACTED]'],
    // prose: rather a word too many than a password
    ['password: hunter2', 'password: [REDACTED]'],
    ['token: a8f3', 'token: [REDACTED]'],
  ])('masks %s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
    expect(redactText(expected)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '=',
    ':',
    '://',
    '@',
    '://@',
    'a://@b',
    '====',
    '::::',
    'password',
    'password=',
    'password:',
    'password=""',
    "password=''",
    'https://medium.com/@user/x',
    'https://cdn.example.com:443/@scope/package',
    'http://[::1]:8080/@x',
    'https://shop.example/a?b=c',
    'mail a@b.c',
    '//u:p@h',
    'at file:///app/token.js:10:5',
    'at Object.auth (node:internal/x:1:2)',
    '12:30:45',
    'token_count=5',
    'author=me',
    'cookie_policy=strict',
    'password_changed_at: 2026',
    'max_tokens: 5',
    'key=value',
    'status: 200',
    'Unexpected token: foo in JSON',
    'auth: login failed',
    'bearer of bad news',
    'Bearer token is missing',
    'Basic authentication failed',
    'password=null',
    '{"password":null,"token":true}',
    'password=$1',
    'password=***',
    'password=?',
    'select token::text from t',
    '{"credentials":{"user":"u"}}',
    'connect ECONNREFUSED 127.0.0.1:5432',
  ])('leaves %j as it is', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([[undefined], [null], [42], [{}]])('makes an empty text of %j', (value) => {
    expect(redactText(value as never)).toBe('');
  });

  it('lets no part of a password through, whichever characters it is made of', () => {
    const characters = [
      'p',
      '@',
      ':',
      '/',
      '?',
      '#',
      '%',
      '=',
      '&',
      ';',
      ',',
      '[',
      ']',
      '{',
      '}',
      '$',
      '\\',
      '.',
      '-',
      '!',
      '*',
      '(',
      ')',
      '+',
      '~',
      '^',
      '|',
    ];
    const passwords = characters.flatMap((a) => characters.map((b) => `S3${a}cr${b}t9`));

    const leaks = passwords.filter((password) =>
      /S3|t9/.test(redactText(`dial postgres://app:${password}@db/shop: refused`)),
    );
    const quotedLeaks = passwords.filter((password) =>
      /S3|t9/.test(redactText(JSON.stringify({ password, ok: 1 }))),
    );

    expect([leaks, quotedLeaks]).toEqual([[], []]);
  });

  it('changes nothing more in what it has masked, whatever is put together', () => {
    const pieces = [
      ...'=:"\'\\ &;,@/?#[]{}()a1x.\n',
      'password',
      'token',
      '://',
      'Bearer ',
      'Basic ',
      'authorization',
      'cookie',
    ];
    // Xorshift: every run sees the same texts.
    let state = 12_345;
    const next = (bound: number): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % bound;
    };
    const texts = Array.from({ length: 50_000 }, () =>
      Array.from({ length: 1 + next(14) }, () => pieces[next(pieces.length)]).join(''),
    );

    const unstable = texts.filter((text) => redactText(redactText(text)) !== redactText(text));

    expect(unstable).toEqual([]);
  });

  it('takes ten megabytes in time', () => {
    const text = 'password=a,'.repeat(1_000_000);

    expect(cpuMilliseconds(() => redactText(text))).toBeLessThan(4_000);
  });

  it('cuts a text of more than a million characters, and no password in two', () => {
    const text = `${'x'.repeat(1_048_576 - 40)} postgres://app:${'s'.repeat(60)}@db/shop ${'y'.repeat(2_000)}`;

    const masked = redactText(text);

    expect(masked.length).toBeLessThan(1_048_600);
    expect([masked.includes('sss'), masked.endsWith('[Truncated]')]).toEqual([false, true]);
  });

  it.each([
    'a',
    ' ',
    '=',
    ':',
    'a=',
    'a:',
    '://',
    'a://',
    'a://b:c/',
    'a://b@',
    'http://a:1/',
    '://@',
    'password=',
    'password=a ',
    'password=a,',
    'password="a" ',
    "password=''",
    'password="',
    'password=[',
    'password={',
    'auth:{',
    'credentials=[',
    'token:{ ',
    'token={}',
    'password=\\"',
    'password=\\',
    'password%5D=',
    'password=)',
    'password: a ',
    'token:',
    'token: ',
    'token=,',
    'token:,',
    'key=',
    'apikey=$1 ',
    'authorization: ',
    'authorization:digest ',
    'authorization: basic ',
    'cookie=;',
    'cookie:\n',
    'bearer ',
    'Bearer a ',
    'basic aaaaaaaaaa',
    '"',
    "'",
    ']',
    'password = ',
    'password =\t',
  ])('takes a million characters of %j in time', (unit) => {
    const text = Buffer.from(unit.repeat(Math.ceil(1_000_000 / unit.length))).toString();

    const spentMs = cpuMilliseconds(() => {
      redactText(text);
      redactSql(text);
    });

    // About 0.4 s for the worst of them; what is not linear takes minutes.
    expect(spentMs).toBeLessThan(4_000);
  });
});

describe('redactSql', () => {
  it.each([
    ["update users set password = 'x' where id = 1", "update users set password = '[REDACTED]' where id = 1"],
    ["where token = E'x\\'y'", "where token = E'[REDACTED]'"],
    ['where otp = 123456', 'where otp = [REDACTED]'],
    [
      "create user mapping options (user 'u', password 'x')",
      "create user mapping options (user 'u', password 'x')",
    ],
    ['select 1 from a join b on a.token = b.token', 'select 1 from a join b on a.token = b.token'],
    ['where password = $1 and token = :token', 'where password = $1 and token = :token'],
    ["dblink('postgres://u:p@h/db')", "dblink('postgres://[REDACTED]@h/db')"],
  ])('makes of %s: %s', (text, expected) => {
    expect(redactSql(text)).toBe(expected);
  });
});
