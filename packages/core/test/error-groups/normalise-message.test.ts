import { describe, expect, it } from 'vitest';
import { findCulprit } from '../../src/error-groups/culprit-frame.ts';
import { normaliseMessage } from '../../src/error-groups/normalise-message.ts';

describe('a message is normalised', () => {
  it.each([
    ['card declined', 'card declined'],
    ['Order 4711 not found', 'Order <number> not found'],
    ['Order -3 has 1,234.56 of 7 parts', 'Order -<number> has <number> of <number> parts'],
    ['order4711 and utf8', 'order<number> and utf<number>'],
    ['took 1.5e10 ms', 'took <number>e<number> ms'],
    ['User 8f14e45f-ceea-467f-a0e6-1f2b3c4d5e6f is gone', 'User <uuid> is gone'],
    ['8F14E45F-CEEA-467F-A0E6-1F2B3C4D5E6F', '<uuid>'],
    ['commit 1a2b3c4d5e6f7a8b', 'commit <hex>'],
    ['at 0xDEADBEEF and 0x1', 'at <hex> and <hex>'],
    ['trace 4bf92f3577b34da6a3ce929d0e0e4736', 'trace <hex>'],
    ['the facade defaced a decade', 'the facade defaced a decade'],
    [
      "Cannot read properties of undefined (reading 'name')",
      'Cannot read properties of undefined (reading <text>)',
    ],
    ['Unexpected token "}" in `a b`', 'Unexpected token <text> in <text>'],
    ["can't open file, won't retry", "can't open file, won't retry"],
    ["don't open 'a.txt' or 'b.txt'", "don't open <text> or <text>"],
    ['“quoted” and «quoted»', '<text> and <text>'],
    ['mail to ada.lovelace+x@mail.example.org failed', 'mail to <email> failed'],
    ['at 2026-11-28T11:57:26.123Z', 'at <date>'],
    ['at 2026-11-28 11:57:26+01:00, or 2026-11-28', 'at <date>, or <date>'],
    ['since Sat, 28 Nov 2026 11:57:26 GMT', 'since <date>'],
    ['since Sat Nov 28 2026 11:57:26 GMT+0100 (Central European Standard Time)', 'since <date>'],
    ['at 11:57:26', 'at <time>'],
    ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED <number>:<number>'],
    [
      'GET https://api.example.org/orders/77?page=2',
      'GET https://api.example.org/orders/<number>?page=<number>',
    ],
    [
      'duplicate key value violates unique constraint "users_pkey"',
      'duplicate key value violates unique constraint <text>',
    ],
    ['  two\n\tlines  ', 'two lines'],
    ['', ''],
  ])('%j to %j', (message, expected) => {
    expect(normaliseMessage(message)).toBe(expected);
  });

  it('to the same for what differs in numbers, names and times, and to another for other words', () => {
    const same = [
      "Order 1 of 'ada' (a@example.org) failed at 2026-11-28T11:57:26Z: 8f14e45f-ceea-467f-a0e6-1f2b3c4d5e6f",
      "Order 22222 of 'bob b' (bob@mail.example.com) failed at 2025-01-01T00:00:00.000Z: 00000000-0000-4000-8000-000000000001",
    ].map(normaliseMessage);

    expect(same[0]).toBe(same[1]);
    expect(normaliseMessage('Order 1 failed')).not.toBe(normaliseMessage('Order 1 was lost'));
  });

  it.each([
    ['a quote that never ends', `'${'a'.repeat(10_000_000)}`],
    ['many quotes', "'a ".repeat(1_000_000)],
    ['an address that is none', `${'a.'.repeat(1_000_000)}@`],
    ['signs of addresses', '@a.'.repeat(1_000_000)],
    ['digits', '1'.repeat(10_000_000)],
    ['digits and dots', '1.'.repeat(1_000_000)],
    ['hex without a digit', 'a'.repeat(10_000_000)],
    ['hex and dashes', 'aaaaaaaa-'.repeat(1_000_000)],
    ['white space', ' '.repeat(10_000_000)],
    ['dates', '2026-11-28T'.repeat(1_000_000)],
    ['days', `Sat, ${' Nov'.repeat(1_000_000)}`],
    ['NUL and halves of pairs', '\0\ud800'.repeat(1_000_000)],
  ])('of ten megabytes at once: %s', (_, message) => {
    const begin = process.cpuUsage();

    const normalised = normaliseMessage(message);

    // A pattern that goes back over what it has read would take minutes.
    // Of the processor, because others may have it meanwhile.
    expect(process.cpuUsage(begin).user / 1e3).toBeLessThan(1_000);
    expect(normalised.length).toBeLessThanOrEqual(10_000);
  });
});

describe('the culprit', () => {
  const culprit = (...frames: string[]): string | undefined =>
    findCulprit(['Error: card declined', ...frames.map((frame) => `    at ${frame}`)].join('\n'), '/app');

  it.each([
    ['chargeCard (/app/src/payments.ts:12:34)', 'chargeCard (src/payments.ts)'],
    ['chargeCard (/app/src/payments.ts:99:1)', 'chargeCard (src/payments.ts)'],
    ['async chargeCard (file:///app/src/payments.ts:12:34)', 'chargeCard (src/payments.ts)'],
    ['async Payments.charge (file:///app/dist/a%20b.js:1:2)', 'Payments.charge (dist/a b.js)'],
    ['new Payments (/app/src/payments.ts:1:2)', 'new Payments (src/payments.ts)'],
    ['Object.charge [as pay] (/app/src/payments.ts:1:2)', 'charge (src/payments.ts)'],
    ['Object.<anonymous> (/app/src/main.ts:1:2)', '(anonymous) (src/main.ts)'],
    ['file:///app/src/main.ts:1:2', '(anonymous) (src/main.ts)'],
    ['/app/src/main.ts:1:2', '(anonymous) (src/main.ts)'],
    ['async /app/src/main.ts:1:2', '(anonymous) (src/main.ts)'],
    ['charge (C:\\app\\src\\main.ts:1:2)', 'charge (app/src/main.ts)'],
    ['charge (/releases/20261128/src/main.ts:1:2)', 'charge (20261128/src/main.ts)'],
    ['charge (/app/dist/chunk-4F2A9B7C.js:1:2)', 'charge (dist/chunk-*.js)'],
    ['charge (/app/dist/payments-service.js:1:2)', 'charge (dist/payments-service.js)'],
    ['charge (/app/src/main.ts?t=17:1:2)', 'charge (src/main.ts)'],
  ])('of %s is %s', (frame, expected) => {
    expect(culprit(frame)).toBe(expected);
  });

  it('is the first frame that is neither a package nor Node', () => {
    expect(
      culprit(
        'Client.query (/app/node_modules/pg/lib/client.js:1:2)',
        'process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
        'node:internal/main/run_main_module:28:49',
        'new Promise (<anonymous>)',
        'async Promise.all (index 0)',
        'Array.map (native)',
        'internal/modules/cjs/loader.js:1:2',
        'loadOrder (/app/src/orders.ts:1:2)',
        'main (/app/src/main.ts:1:2)',
      ),
    ).toBe('loadOrder (src/orders.ts)');
  });

  it('is none where all frames are foreign, or there are none', () => {
    expect(culprit('x (/app/node_modules/pg/lib/client.js:1:2)', 'node:net:1:2')).toBeUndefined();
    expect([findCulprit('', '/app'), findCulprit('Error: no stack', '/app')]).toEqual([undefined, undefined]);
  });

  it.each([
    ['brackets', '    at ('.repeat(1_000_000)],
    ['one long line', `    at ${'a '.repeat(2_000_000)}(/app/x.js:1:2`],
    ['a long path', `    at f (/app/${'a/'.repeat(2_000_000)}`],
    ['many frames', '    at f (/app/node_modules/x.js:1:2)\n'.repeat(200_000)],
    ['colons', `    at f (/app/${':1'.repeat(2_000_000)})`],
    ['white space', `${' '.repeat(5_000_000)}at f (/app/x.js:1:2)`],
  ])('is looked for in ten megabytes at once: %s', (_, stack) => {
    const begin = process.cpuUsage();

    findCulprit(stack, '/app');

    // Of the processor, because others may have it meanwhile.
    expect(process.cpuUsage(begin).user / 1e3).toBeLessThan(1_000);
  });

  it('is that of a real error', () => {
    const { stack = '' } = new Error('real');

    expect(findCulprit(stack, process.cwd())).toContain('normalise-message.test.ts)');
  });
});
