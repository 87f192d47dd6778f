import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createDetailsPolicy } from '../../src/http/details-policy.ts';
import type { ProbeDetailsOptions } from '../../src/http/details-policy.ts';

const SECRET = 'correct-horse';
const ask = (options: ProbeDetailsOptions, headers: Record<string, string> = {}): boolean =>
  createDetailsPolicy(options, 'the probes')({ headers } as unknown as IncomingMessage);
const isOps = ({ headers }: IncomingMessage): boolean => headers['x-ops'] === 'yes';
const throwing = (): never => {
  throw new Error('no idea');
};

describe('createDetailsPolicy', () => {
  it.each<[ProbeDetailsOptions, Record<string, string>, boolean]>([
    [{}, {}, false],
    [{ showDetails: 'never' }, {}, false],
    [{ showDetails: 'always' }, {}, true],
    [{ showDetails: true }, {}, true],
    [{ showDetails: false, authorize: () => true }, {}, false],
    [{ showDetails: 'never', secret: SECRET }, { authorization: `Bearer ${SECRET}` }, false],
    [{ showDetails: isOps }, { 'x-ops': 'yes' }, true],
    [{ showDetails: isOps }, {}, false],
    [{ authorize: isOps }, { 'x-ops': 'yes' }, true],
    [{ showDetails: 'when-authorized', authorize: isOps }, {}, false],
    [{ authorize: throwing }, {}, false],
    [{ authorize: (async () => true) as never }, {}, false],
    [{ authorize: throwing, secret: SECRET }, { authorization: `Bearer ${SECRET}` }, true],
    [{ secret: SECRET }, { authorization: `Bearer ${SECRET}` }, true],
    [{ secret: SECRET }, { authorization: `bearer  ${SECRET}` }, true],
    [{ secret: SECRET }, {}, false],
    [{ secret: SECRET }, { authorization: SECRET }, false],
    [{ secret: SECRET }, { authorization: `Basic ${SECRET}` }, false],
    [{ secret: SECRET }, { authorization: `Bearer ${SECRET}x` }, false],
    [{ secret: SECRET }, { authorization: `Bearer ${SECRET.slice(0, -1)}` }, false],
    [{ secret: SECRET }, { authorization: `Bearer ${'x'.repeat(100_000)}` }, false],
    [{ secret: SECRET }, { authorization: '' }, false],
  ])('with %o and %o answers %s', (options, headers, isShown) => {
    expect(ask(options, headers)).toBe(isShown);
  });

  it.each([
    { showDetails: 'yes' },
    { showDetails: 5 },
    { showDetails: null },
    { showDetails: {} },
    { showDetails: 'when-authorized' },
    { authorize: 'me' },
    { authorize: null },
    { secret: '' },
    { secret: 5 },
    { secret: null },
    { secret: `${SECRET}\n` },
    { secret: `${SECRET} ${SECRET}` },
    { secret: 'x'.repeat(10_000_000) },
    { secret: '\ud800' },
  ])('refuses options, case %$, and tells no secret', (options) => {
    expect(() => ask(options as never)).toThrow(/^\[INVALID_OPTION\] (?!.*correct-horse).{1,300}$/s);
  });
});
