import { expect, it } from 'vitest';
import { resolveIngest } from '../../src/ingest/ingest-options.ts';

const DEFAULTS = { directory: '.observability/spool', maxBytes: 268_435_456, maxAgeMs: 604_800_000 };

it('keeps 64 MiB in memory and 256 MiB for 7 days on disk unless told otherwise', () => {
  expect(resolveIngest(undefined, {})).toEqual({
    maxQueuedBytes: 67_108_864,
    metrics: true,
    spool: DEFAULTS,
  });
});

it.each([
  ['off', undefined],
  ['OFF', undefined],
  ['', DEFAULTS],
  ['/var/spool/orders', { ...DEFAULTS, directory: '/var/spool/orders' }],
])('takes the spool from the variable PG_OBSERVABILITY_SPOOL: %j', (value, spool) => {
  expect(resolveIngest({}, { PG_OBSERVABILITY_SPOOL: value }).spool).toEqual(spool);
});

it('lets the option win over the variable', () => {
  const environment = { PG_OBSERVABILITY_SPOOL: 'off' };

  const on = resolveIngest({ spool: { maxBytes: 1_000, maxAgeDays: 2 } }, environment);
  const off = resolveIngest({ spool: false }, {});

  expect(on.spool).toEqual({ directory: '.observability/spool', maxBytes: 1_000, maxAgeMs: 172_800_000 });
  expect(off.spool).toBeUndefined();
});

it.each([
  null,
  'on',
  { maxQueuedBytes: 0 },
  { maxQueuedBytes: '1' },
  { metrics: 'no' },
  { metrics: null },
  { metrics: 0 },
  { spool: 'yes' },
  { spool: { directory: '' } },
  { spool: { directory: 'a\0b' } },
  { spool: { maxBytes: Number.NaN } },
  { spool: { maxBytes: -1 } },
  { spool: { maxAgeDays: 8 } },
  { spool: { maxAgeDays: 0.5 } },
])('refuses %j', (options) => {
  expect(() => resolveIngest(options as never, {})).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  );
});
