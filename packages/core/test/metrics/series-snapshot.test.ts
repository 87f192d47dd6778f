import { expect, it } from 'vitest';
import { closeWindow, createSeries, createSeriesColumns } from '../../src/metrics/metric-series.ts';
import type { Series } from '../../src/metrics/metric-series.ts';
import type { MetricType } from '../../src/metrics/metric.ts';
import { toSnapshot } from '../../src/metrics/series-snapshot.ts';

function open(type: MetricType): Series {
  const observation = { name: 'a', type, value: 1, labels: { x: '1' }, unit: 's' };
  return createSeries(createSeriesColumns(observation, { serviceName: 'shop', resourceId: null }), 0);
}

/** Records windows of values; all but the last are closed. */
function recordWindows(series: Series, ...windows: readonly (readonly number[])[]): Series {
  windows.forEach((values, at) => {
    if (at > 0) {
      closeWindow(series, at);
    }
    for (const value of values) {
      series.aggregate.add(value);
      series.isOpen = true;
    }
  });
  return series;
}

it('counts what a counter has counted since the process began, over windows that are closed and the open one', () => {
  const series = recordWindows(open('counter'), [1, 2], [3], [4]);

  expect(toSnapshot(series)).toEqual({
    name: 'a',
    type: 'counter',
    unit: 's',
    labels: { x: '1' },
    value: 10,
    sampleCount: 4,
    buckets: null,
    exemplars: [],
  });
});

it('has the last value of a gauge, also of a window that is closed', () => {
  expect(toSnapshot(recordWindows(open('gauge'), [5], [7, 6])).value).toBe(6);
  expect(toSnapshot(recordWindows(open('gauge'), [5, 4], [])).value).toBe(4);
});

it('has the examples of the last window that had any', () => {
  const series = open('histogram');
  const exemplar = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), value: 1, time: 5 };
  recordWindows(series, [1]);
  series.aggregate.noteExemplar(exemplar);

  expect(toSnapshot(series).exemplars).toEqual([exemplar]);
  recordWindows(series, [], [2]);
  expect(toSnapshot(series).exemplars).toEqual([exemplar]);
});

it('adds the buckets of a histogram up, and changes nothing by being asked', () => {
  const series = recordWindows(open('histogram'), [1, 1, 0], [2, -1], [2]);

  const first = toSnapshot(series);

  expect(first).toMatchObject({
    value: 5,
    sampleCount: 6,
    buckets: {
      scale: 5,
      zeroCount: 1,
      positive: { indexes: [-1, 31], counts: [2, 2] },
      negative: { indexes: [-1], counts: [1] },
    },
  });
  expect(toSnapshot(series)).toEqual(first);
});

it('joins buckets of windows that had different scales', () => {
  const spread = Array.from({ length: 4_000 }, (_, at) => 2 ** (at / 2 - 1_000.25));

  const { buckets } = toSnapshot(recordWindows(open('histogram'), [2 ** -0.5], spread, [2 ** -0.5]));

  const total = buckets?.positive.counts.reduce((sum, count) => sum + count, 0);
  expect(buckets?.scale).toBeLessThan(5);
  expect(total).toBe(spread.length + 2);
});
