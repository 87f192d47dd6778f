import { expect, it } from 'vitest';
import { createObservability } from '@pg-observability/core';
import { resolveKeep } from '../../../src/tracing/sampling/keep-options.ts';

it('keeps errors and all of the rest where nothing else is said', () => {
  expect(resolveKeep({})).toEqual({
    errors: true,
    slowerThanMs: Infinity,
    perRouteAndMinute: 0,
    ratio: 1,
    maxHeldSpans: 10_000,
    maxHeldMs: 30_000,
  });
  expect(resolveKeep(undefined)).toBeUndefined();
});

it.each([
  ['spans.keep', 'errors', 'errors'],
  ['spans.keep', [], 'a list'],
  ['spans.keep', { slowerThan: 5 }, 'slowerThan'],
  ['spans.keep.errors', { errors: 'yes' }, 'yes'],
  ['spans.keep.slowerThanMs', { slowerThanMs: -1 }, '-1'],
  ['spans.keep.slowerThanMs', { slowerThanMs: Number.NaN }, 'NaN'],
  ['spans.keep.perRoute', { perRoute: 5 }, '5'],
  ['spans.keep.perRoute.perMinute', { perRoute: {} }, 'undefined'],
  ['spans.keep.perRoute.perMinute', { perRoute: { perMinute: 0 } }, '0'],
  ['spans.keep.ratio', { ratio: 1.5 }, '1.5'],
  ['spans.keep.ratio', { ratio: 10n }, '10'],
  ['spans.keep.maxHeldSpans', { maxHeldSpans: 0.5 }, '0.5'],
  ['spans.keep.maxHeldMs', { maxHeldMs: 2 ** 31 }, '2147483648'],
])('refuses a wrong %s, and says what came: %o', (name, keep, came) => {
  const create = (): unknown =>
    createObservability({ serviceName: 'refused', spans: { keep: keep as never } });

  expect(create).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(`${name} is `) }),
  );
  expect(create).toThrow(came);
});
