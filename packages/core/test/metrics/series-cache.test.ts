import { describe, expect, it } from 'vitest';
import { createSeriesColumns } from '../../src/metrics/metric-series.ts';
import type { Series } from '../../src/metrics/metric-series.ts';
import { createCacheKey, SeriesCache } from '../../src/metrics/series-cache.ts';

function createSeries(name: string): Series {
  const columns = createSeriesColumns(
    { name, type: 'counter', value: 1, labels: {}, unit: null },
    { serviceName: null, resourceId: null },
  );
  return { columns, aggregate: undefined, startTime: 0, lastActiveAt: 0 };
}

describe('createCacheKey', () => {
  it('differs for whatever may be another series', () => {
    const inputs: Parameters<typeof createCacheKey>[] = [
      ['counter', 'a', undefined],
      ['gauge', 'a', undefined],
      ['counter', 'ab', undefined],
      ['counter', 'a', { b: 'c' }],
      ['counter', 'a', { bc: '' }],
      ['counter', 'a', { b: '', c: '' }],
      ['counter', 'a', { b: 'sc' }],
      ['counter', 'a', { b: 'true' }],
      ['counter', 'a', { b: true }],
      ['counter', 'a', { b: 'c', d: 'e' }],
      ['counter', 'a', { b: 'c d se' }],
    ];

    const keys = inputs.map((input) => createCacheKey(...input));

    expect(new Set(keys).size).toBe(inputs.length);
    expect(keys).not.toContain(undefined);
  });

  it.each([
    ['a name with a NUL', 'a\0b', {}],
    ['a name that is none', 5, {}],
    ['a long name', 'x'.repeat(300), {}],
    ['a label with a NUL', 'a', { b: 'x\0sc\0y' }],
    ['a long label', 'a', { b: 'x'.repeat(300) }],
    ['a label that is no plain value', 'a', { b: {} }],
    ['many labels', 'a', Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`l${index}`, 1]))],
    ['a Map', 'a', new Map([['b', 'c']])],
    ['a list', 'a', ['b']],
    ['null', 'a', null],
    ['an object with a toJSON', 'a', { toJSON: () => ({}) }],
  ])('leaves %s to the careful way', (_case, name, labels) => {
    expect(createCacheKey('counter', name, labels)).toBeUndefined();
  });
});

describe('SeriesCache', () => {
  it('starts again instead of growing without end', () => {
    const cache = new SeriesCache();
    for (let i = 0; i < 25_000; i += 1) {
      cache.set(`key${i}`, createSeries(`name${i}`));
    }

    const found = [0, 9_999, 19_999, 20_000, 24_999].map((i) => cache.get(`key${i}`)?.columns.metric_name);

    expect(found).toEqual([undefined, undefined, undefined, 'name20000', 'name24999']);
  });
});
