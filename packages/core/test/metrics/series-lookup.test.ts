import { expect, it } from 'vitest';
import { createSeries, createSeriesColumns } from '../../src/metrics/metric-series.ts';
import type { Series } from '../../src/metrics/metric-series.ts';
import { SeriesLookup } from '../../src/metrics/series-lookup.ts';

function seriesNamed(name: string): Series {
  const columns = createSeriesColumns(
    { name, type: 'counter', value: 1, labels: {}, unit: null },
    { serviceName: null, resourceId: null },
  );
  return createSeries(columns, 0);
}

type Input = Parameters<SeriesLookup['find']>;

it('keeps apart whatever may be another series', () => {
  const inputs: Input[] = [
    ['counter', 'a', undefined],
    ['gauge', 'a', undefined],
    ['counter', 'ab', undefined],
    ['counter', 'a', { b: 'c' }],
    ['counter', 'a', { bc: '' }],
    ['counter', 'a', { b: '', c: '' }],
    ['counter', 'a', { c: '', b: '' }],
    ['counter', 'a', { b: 'true' }],
    ['counter', 'a', { b: true }],
    ['counter', 'a', { b: 1 }],
    ['counter', 'a', { b: '1' }],
    ['counter', 'a', { b: 'c', d: 'e' }],
    ['counter', 'a', { d: 'e', b: 'c' }],
    ['counter', 'a', JSON.parse('{"__proto__": "c"}')],
    ['counter', 'a', { constructor: 'c' }],
  ];
  const lookup = new SeriesLookup();
  const series = inputs.map((_input, at) => seriesNamed(String(at)));
  inputs.forEach((input, at) => lookup.add(...input, series[at] as Series));

  expect(inputs.map((input) => lookup.find(...input)?.columns.metric_name)).toEqual(
    inputs.map((_input, at) => String(at)),
  );
  expect(lookup.find('counter', 'a', { b: 'c', d: 'f' })).toBeUndefined();
  expect(lookup.find('counter', 'b', { b: 'c' })).toBeUndefined();
});

it('finds no labels by fewer or more of them', () => {
  const lookup = new SeriesLookup();
  lookup.add('counter', 'a', { b: 'c', d: 'e' }, seriesNamed('two'));

  expect(lookup.find('counter', 'a', { b: 'c' })).toBeUndefined();
  expect(lookup.find('counter', 'a', { b: 'c', d: 'e', f: 'g' })).toBeUndefined();
  expect(lookup.find('counter', 'a', undefined)).toBeUndefined();
});

class Inheriting {
  b = 'c';
}

it.each([
  ['a name that is none', 5, {}],
  ['a long name', 'x'.repeat(300), {}],
  ['a long label', 'a', { b: 'x'.repeat(300) }],
  ['a label that is no plain value', 'a', { b: {} }],
  ['many labels', 'a', Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`l${index}`, 1]))],
  ['a Map', 'a', new Map([['b', 'c']])],
  ['a list', 'a', ['b']],
  ['null', 'a', null],
  ['an object of a class', 'a', new Inheriting()],
  ['an object with a toJSON', 'a', { toJSON: () => ({}) }],
])('leaves %s to the careful way', (_case, name, labels) => {
  const lookup = new SeriesLookup();

  lookup.add('counter', name, labels, seriesNamed('never'));

  expect(lookup.find('counter', name, labels)).toBeUndefined();
});

it('takes nothing for a label that somebody has put on all objects', () => {
  const lookup = new SeriesLookup();
  lookup.add('counter', 'a', { b: 'c' }, seriesNamed('found'));
  Object.defineProperty(Object.prototype, 'polluted', { value: 1, enumerable: true, configurable: true });
  const found = lookup.find('counter', 'a', { b: 'c' });
  Reflect.deleteProperty(Object.prototype, 'polluted');

  expect([found, lookup.find('counter', 'a', { b: 'c' })?.columns.metric_name]).toEqual([undefined, 'found']);
});

it('starts again instead of growing without end', () => {
  const lookup = new SeriesLookup();
  for (let i = 0; i < 120_000; i += 1) {
    lookup.add('counter', `name${i}`, undefined, seriesNamed(`name${i}`));
  }

  const found = [0, 99_999, 100_000, 119_999].map(
    (i) => lookup.find('counter', `name${i}`, undefined)?.columns.metric_name,
  );

  expect(found).toEqual([undefined, undefined, 'name100000', 'name119999']);
});
