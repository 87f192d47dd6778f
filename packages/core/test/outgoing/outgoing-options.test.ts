import { expect, it } from 'vitest';
import { createObservability } from '@pg-observability/core';
import { resolveOutgoing } from '../../src/outgoing/outgoing-options.ts';
import type { PropagateTo } from '../../src/outgoing/outgoing-options.ts';
import { isPrivateHost } from '../../src/outgoing/private-host.ts';

it('takes as private what cannot be on the public internet', () => {
  const hosts = [
    'localhost',
    'orders',
    'orders.local',
    'orders.shop.svc.cluster.local.',
    'orders.shop.svc',
    'db.internal',
    '127.0.0.2',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.9',
    '[::1]',
    '[fd12::1]',
    'example.com',
    'localhost.example.com',
    'notlocal.mylocal',
    '8.8.8.8',
    '172.32.0.1',
    '169.254.169.254',
    '[2001:db8::1]',
    '[fe80::1]',
    '10.example.com',
    '',
  ];

  const privateOnes = hosts.filter(isPrivateHost);

  expect(privateOnes).toEqual(hosts.slice(0, 12));
});

it.each<[PropagateTo | undefined, string[]]>([
  [undefined, ['http://orders/']],
  ['private', ['http://orders/']],
  [
    'all',
    ['http://orders/', 'https://api.example.com/', 'https://api.example.com:8443/', 'https://example.com/'],
  ],
  [[], []],
  [['API.example.com'], ['https://api.example.com/', 'https://api.example.com:8443/']],
  [['api.example.com:443'], ['https://api.example.com/']],
  [['*.example.com'], ['https://api.example.com/', 'https://api.example.com:8443/']],
  [[/^example\.com$/g], ['https://example.com/']],
  [(url) => url.port === '8443', ['https://api.example.com:8443/']],
])('sends headers with propagateTo %s where it says', (propagateTo, expected) => {
  const urls = [
    'http://orders/',
    'https://api.example.com/',
    'https://api.example.com:8443/',
    'https://example.com/',
  ];

  const { mayPropagateTo } = resolveOutgoing({ propagateTo });

  // Twice, for expressions that remember where they stopped.
  urls.forEach((url) => mayPropagateTo(new URL(url)));
  expect(urls.filter((url) => mayPropagateTo(new URL(url)))).toEqual(expected);
});

it('sends nothing where the function of the options fails or changes its URL', () => {
  const url = new URL('https://example.com/a');
  const failing = resolveOutgoing({
    propagateTo: () => {
      throw new Error('not my day');
    },
  });
  const changing = resolveOutgoing({
    propagateTo: (copy) => {
      copy.pathname = '/b';
      return 1 as never;
    },
  });

  expect([failing.mayPropagateTo(url), changing.mayPropagateTo(url), url.pathname]).toEqual([
    false,
    false,
    '/a',
  ]);
});

it.each([
  true,
  'all',
  null,
  { spans: 'some' },
  { propagateTo: 'example.com' },
  { propagateTo: ['https://example.com/'] },
  { propagateTo: [7] },
  { propagateTo: [''] },
])('refuses %j as the option outgoing', (outgoing) => {
  expect(() => createObservability({ serviceName: 'refused', outgoing: outgoing as never })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  );
});
