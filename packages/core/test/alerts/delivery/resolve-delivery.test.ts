import { ObservabilityError } from '@pg-observability/core';
import type { Alert } from '@pg-observability/core';
import { describe, expect, it } from 'vitest';
import type {
  AlertDeliveryOptions,
  ResolvedDelivery,
} from '../../../src/alerts/delivery/delivery-options.ts';
import { resolveDelivery } from '../../../src/alerts/delivery/resolve-delivery.ts';
import { sampleAlert } from './alert-samples.ts';

const LOG = { kind: 'log' } as const;
const URL = 'https://hooks.example.org/x';

function resolve(options: Partial<AlertDeliveryOptions>): ResolvedDelivery {
  const delivery = resolveDelivery({ receivers: { ops: LOG, pager: LOG }, ...options });
  if (delivery === undefined) {
    throw new Error('There are receivers.');
  }
  return delivery;
}

describe('the option alerts', () => {
  it('has defaults, and is nothing without receivers', () => {
    expect(resolve({})).toMatchObject({
      receivers: [
        {
          name: 'ops',
          timeoutMs: 10_000,
          sendAcknowledged: true,
          sendResolved: true,
          repeatIntervalMs: 14_400_000,
        },
        { name: 'pager' },
      ],
      groupWaitMs: 10_000,
      groupIntervalMs: 30_000,
      giveUpAfterMs: 86_400_000,
    });
    expect([resolveDelivery(undefined), resolveDelivery({}), resolveDelivery({ receivers: {} })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is copied', () => {
    const receivers = { hook: { kind: 'webhook' as const, url: URL } };
    const delivery = resolve({ receivers });

    receivers.hook.url = 'https://evil.example.org';

    expect(delivery.receivers[0]?.receiver).toEqual({ kind: 'webhook', url: URL });
  });

  it.each([
    [null],
    ['ops'],
    [[]],
    [{ recievers: {} }],
    [{ receivers: [] }],
    [{ receivers: { ops: null } }],
    [{ receivers: { ops: {} } }],
    [{ receivers: { ops: { kind: 'sms' } } }],
    [{ receivers: { ops: { kind: '__proto__' } } }],
    [{ receivers: { '': LOG } }],
    [{ receivers: { 'a b': LOG } }],
    [{ receivers: { ['x'.repeat(65)]: LOG } }],
    [{ receivers: { "'; drop table x": LOG } }],
    [{ receivers: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`r${index}`, LOG])) }],
    [{ receivers: { ops: { kind: 'log', url: URL } } }],
    [{ receivers: { ops: { kind: 'log', timeoutMs: 0 } } }],
    [{ receivers: { ops: { kind: 'log', timeoutMs: Number.NaN } } }],
    [{ receivers: { ops: { kind: 'log', timeoutMs: 1e9 } } }],
    [{ receivers: { ops: { kind: 'log', sendResolved: 'no' } } }],
    [{ receivers: { ops: { kind: 'webhook' } } }],
    [{ receivers: { ops: { kind: 'webhook', url: 'hooks.example.org' } } }],
    [{ receivers: { ops: { kind: 'webhook', url: 'file:///etc/passwd' } } }],
    [{ receivers: { ops: { kind: 'webhook', url: 'https://user:pass@hooks.example.org' } } }],
    [{ receivers: { ops: { kind: 'webhook', url: URL, secret: 'plain' } } }],
    [{ receivers: { ops: { kind: 'webhook', url: URL, secret: 'whsec_c2hvcnQ=' } } }],
    [{ receivers: { ops: { kind: 'webhook', url: URL, secret: [] } } }],
    [{ receivers: { ops: { kind: 'webhook', url: URL, headers: [] } } }],
    [{ receivers: { ops: { kind: 'webhook', url: URL, headers: { 'x-a': 'b\r\nx-c: d' } } } }],
    [{ receivers: { ops: { kind: 'webhook', url: URL, headers: { 'x a': 'b' } } } }],
    [{ receivers: { ops: { kind: 'alertmanager', url: URL, labels: { 'a-b': 'c' } } } }],
    [{ receivers: { ops: { kind: 'alertmanager', url: URL, resendIntervalMs: 10 } } }],
    [{ receivers: { ops: { kind: 'email', from: 'a@example.org', to: 'b@example.org' } } }],
    [
      {
        receivers: {
          ops: { kind: 'email', transport: 'https://x', from: 'a@example.org', to: 'b@example.org' },
        },
      },
    ],
    [{ receivers: { ops: { kind: 'email', transport: 'smtp://x', from: 'a@example.org', to: [] } } }],
    [
      {
        receivers: {
          ops: {
            kind: 'email',
            transport: 'smtp://x',
            from: 'a@example.org\r\nBcc: c@example.org',
            to: 'b@example.org',
          },
        },
      },
    ],
    [{ receivers: { ops: { kind: 'notify' } } }],
    [{ receivers: { ops: { kind: 'notify', notify: 'ops' } } }],
    [{ route: 'ops' }],
    [{ route: [null] }],
    [{ route: [{}] }],
    [{ route: [{ receivers: [] }] }],
    [{ route: [{ receivers: 'nobody' }] }],
    [{ route: [{ receivers: 'ops', severity: 'error' }] }],
    [{ route: [{ receivers: 'ops', minSeverity: 'fatal' }] }],
    [{ route: [{ receivers: 'ops', alertType: [] }] }],
    [{ route: [{ receivers: 'ops', alertType: 1 }] }],
    [{ route: [{ receivers: 'ops', serviceName: /shop/ }] }],
    [{ groupBy: 'alertType' }],
    [{ groupBy: ['title'] }],
    [{ groupWaitMs: -1 }],
    [{ groupWaitMs: 1.5 }],
    [{ groupWaitMs: 10n }],
    [{ groupIntervalMs: Number.POSITIVE_INFINITY }],
    [{ repeatIntervalMs: 1_000 }],
    [{ repeatIntervalMs: true }],
    [{ giveUpAfterMs: 0 }],
    [{ linkTo: URL }],
  ])('is refused as %o', (options) => {
    const isWhole =
      typeof options === 'object' && options !== null && !Array.isArray(options) && 'receivers' in options;
    const given: unknown =
      isWhole || typeof options !== 'object' || options === null || Array.isArray(options)
        ? options
        : { receivers: { ops: LOG }, ...options };

    const error = catchError(() => resolveDelivery(given as AlertDeliveryOptions));

    expect(error).toBeInstanceOf(ObservabilityError);
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(String(error)).toMatch(/ (is|are|has) .*(expected|Give)/);
  });

  it('says nothing of secrets and addresses when it is refused', () => {
    const urls = ['htps://hooks.example.org/very-secret', 'https://very-secret:very-secret@example.org'];
    const errors = [
      ...urls.map((url) => ({ kind: 'webhook' as const, url })),
      { kind: 'webhook' as const, url: URL, secret: 'very-secret' },
      {
        kind: 'email' as const,
        transport: 'imap://very-secret@example.org',
        from: 'a@example.org',
        to: 'b@example.org',
      },
    ].map((receiver) => String(catchError(() => resolveDelivery({ receivers: { ops: receiver } }))));

    expect(errors.filter((text) => text.includes('very-secret'))).toEqual([]);
    expect(errors).toHaveLength(4);
  });
});

describe('the route of an alert', () => {
  const route = (options: AlertDeliveryOptions['route'], alert: Partial<Alert> = {}): readonly string[] =>
    resolve({ route: options }).route(sampleAlert(alert));

  it('leads to everybody by default', () => {
    expect(resolve({}).route(sampleAlert())).toEqual(['ops', 'pager']);
  });

  it.each([
    [{ receivers: 'pager' }, {}, true],
    [{ receivers: 'pager', minSeverity: 'error' }, { severity: 'error' }, true],
    [{ receivers: 'pager', minSeverity: 'error' }, { severity: 'critical' }, true],
    [{ receivers: 'pager', minSeverity: 'error' }, { severity: 'warning' }, false],
    [{ receivers: 'pager', alertType: 'payment_failed' }, {}, true],
    [{ receivers: 'pager', alertType: 'payment' }, {}, false],
    [{ receivers: 'pager', alertType: /^payment/g }, {}, true],
    [{ receivers: 'pager', alertType: ['x', /fail/] }, {}, true],
    [{ receivers: 'pager', serviceName: ['shop', 'billing'] }, {}, true],
    [{ receivers: 'pager', serviceName: 'billing' }, {}, false],
    [{ receivers: 'pager', serviceName: 'shop' }, { serviceName: null }, false],
    [{ receivers: 'pager', minSeverity: 'critical', alertType: /./ }, {}, false],
  ] as const)('%o matches %o: %s', (rule, alert, matches) => {
    const router = resolve({ route: [rule] }).route;

    // Twice, because a pattern with the flag g remembers where it was.
    expect([router(sampleAlert(alert)), router(sampleAlert(alert))]).toEqual(
      matches ? [['pager'], ['pager']] : [[], []],
    );
  });

  it('adds up the receivers of all routes that match, each once', () => {
    expect(route([{ receivers: ['pager', 'ops'] }, { receivers: 'ops', minSeverity: 'info' }])).toEqual([
      'pager',
      'ops',
    ]);
  });

  it('is what a function answers, and everybody where it fails', () => {
    expect(route(() => ['pager'])).toEqual(['pager']);
    expect(route(() => [])).toEqual([]);
    expect(route(() => ['pager', 'nobody'])).toEqual(['pager']);
    const everybody = [
      route(() => ['nobody']),
      route(() => {
        throw new Error('no');
      }),
      route((() => Promise.resolve(['ops'])) as never),
      route((() => undefined) as never),
    ];
    expect(everybody).toEqual(Array.from({ length: 4 }, () => ['ops', 'pager']));
  });
});

describe('the group of an alert', () => {
  const group = (groupBy: AlertDeliveryOptions['groupBy'], alert: Partial<Alert> = {}): string =>
    resolve({ groupBy }).groupKey(sampleAlert(alert));

  it('is one for all, or by what they have in common', () => {
    expect(group(undefined)).toBe(group(undefined, { alertType: 'other' }));
    expect(group(['alertType'])).not.toBe(group(['alertType'], { alertType: 'other' }));
    expect(group(['alertType'])).toBe(group(['alertType'], { severity: 'info' }));
    expect(group(({ serviceName }) => `of ${serviceName}`)).toBe('of shop');
  });

  it('is short and storable, whatever a function answers', () => {
    const keys = [
      group(() => 'x'.repeat(1_000_000)),
      group(() => 'a\0b'),
      group(() => '\ud800'),
      group((() => null) as never),
      group(() => {
        throw new Error('no');
      }),
    ];

    expect(keys.every((key) => key.length <= 256 && !key.includes('\0'))).toBe(true);
  });
});

it('the link of an alert is an address of the web, or none', () => {
  const link = (linkTo: unknown): string | undefined =>
    resolve({ linkTo: linkTo as never }).linkTo(sampleAlert());

  expect([
    link(({ id }: Alert) => `https://x.example.org/${id}`),
    link(() => 'https://x.example.org/a b<c>"'),
    link(() => 'javascript:alert(1)'),
    link(() => 'x'),
    link(() => `https://x.example.org/${'x'.repeat(3_000)}`),
    link(() => 5),
    link(() => {
      throw new Error('no');
    }),
  ]).toEqual([
    'https://x.example.org/7',
    'https://x.example.org/a%20b%3Cc%3E%22',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

function catchError(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
