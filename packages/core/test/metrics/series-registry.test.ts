import { describe, expect, it } from 'vitest';
import type { Series } from '../../src/metrics/metric-series.ts';
import type { MetricType } from '../../src/metrics/metric.ts';
import { SeriesRegistry } from '../../src/metrics/series-registry.ts';
import type { SeriesRegistryOptions } from '../../src/metrics/series-registry.ts';
import type { SeriesOverflow } from '../../src/metrics/overflow-warning.ts';

const HOUR_MS = 3_600_000;

interface Fixture {
  registry: SeriesRegistry;
  overflows: SeriesOverflow[];
  clock: { now: number };
  /** Records 1; answers the labels under which it was taken, or undefined. */
  record(
    name: string,
    labels?: Record<string, string>,
    type?: MetricType,
  ): Readonly<Record<string, string>> | undefined;
}

function createFixture(options: Partial<SeriesRegistryOptions> = {}): Fixture {
  const clock = { now: 1_000 };
  const overflows: SeriesOverflow[] = [];
  const registry = new SeriesRegistry({
    serviceName: null,
    resourceId: null,
    maxSeriesPerMetric: 3,
    now: () => clock.now,
    onOverflow: (overflow) => overflows.push(overflow),
    ...options,
  });
  const record: Fixture['record'] = (name, labels = {}, type = 'counter') => {
    const series = registry.find({ name, type, value: 1, labels, unit: null });
    series?.aggregate.add(1);
    if (series?.isOpen === false) {
      registry.open(series);
    }
    return series?.columns.labels;
  };
  return { registry, overflows, clock, record };
}

describe('SeriesRegistry', () => {
  it('keeps types and labels apart, whatever the order of the labels', () => {
    const { registry, record } = createFixture();
    record('a', { x: '1', y: '2' });
    record('a', { y: '2', x: '1' });
    record('a', { x: '1', y: '2' }, 'gauge');
    record('b', { x: '1', y: '2' });

    const rows = registry.closeWindows(10);

    expect(rows.map((row) => [row.metric_name, row.metric_type, row.sample_count])).toEqual([
      ['a', 'counter', 2],
      ['a', 'gauge', 1],
      ['b', 'counter', 1],
    ]);
  });

  it('puts what is past the limit of a metric into one series a type, and names the label with the most values', () => {
    const { overflows, record } = createFixture();

    const labels = Array.from({ length: 6 }, (_, index) =>
      record('a', { zone: `${index % 2}`, user: `${index}` }),
    );
    const others = [record('a', { user: '9' }, 'gauge'), record('b', { user: '0' })];

    const overflow = { 'otel.metric.overflow': 'true' };
    expect(labels.slice(2)).toEqual([{ zone: '0', user: '2' }, overflow, overflow, overflow]);
    expect(others).toEqual([overflow, { user: '0' }]);
    expect(overflows).toEqual([
      { name: 'a', series: 3, widestLabel: 'user' },
      { name: 'a', series: 3, widestLabel: 'user' },
    ]);
  });

  it('limits the series of all metrics together, and the names', () => {
    const { record } = createFixture({ maxSeries: 2, maxMetrics: 3 });

    const labels = ['a', 'b', 'c', 'd'].map((name) => record(name, { of: name }));

    expect(labels).toEqual([{ of: 'a' }, { of: 'b' }, { 'otel.metric.overflow': 'true' }, undefined]);
  });

  it('closes those windows first that have waited longest, and lets the others grow', () => {
    const { registry, clock, record } = createFixture();
    ['a', 'b', 'c'].forEach((name) => record(name));
    clock.now = 2_000;
    const first = registry.closeWindows(2);
    ['a', 'b', 'c'].forEach((name) => record(name));
    clock.now = 3_000;

    const second = registry.closeWindows(10);

    const summary = [...first, ...second].map((row) => [
      row.metric_name,
      row.start_time,
      row.recorded_at,
      row.metric_value,
    ]);
    expect(summary).toEqual([
      ['a', 1_000, 2_000, 1],
      ['b', 1_000, 2_000, 1],
      ['c', 1_000, 3_000, 2],
      ['a', 2_000, 3_000, 1],
      ['b', 2_000, 3_000, 1],
    ]);
    expect([registry.activeCount, registry.closeWindows(10)]).toEqual([0, []]);
  });

  it('never ends a window before it starts, though the clock was set back', () => {
    const { registry, clock, record } = createFixture();
    record('a');
    clock.now = 500;

    const rows = registry.closeWindows(10);

    expect(rows).toMatchObject([{ start_time: 500, recorded_at: 500 }]);
  });

  it('forgets series that were idle for an hour, and never one that holds something', () => {
    const { registry, clock, record } = createFixture();
    ['1', '2', '3'].forEach((user) => record('a', { user }));
    registry.closeWindows(2);
    clock.now += HOUR_MS + 1;

    const forgotten = registry.forgetIdle();

    const labels = ['4', '5', '6'].map((user) => record('a', { user }));
    expect(forgotten).toBe(2);
    expect(labels).toEqual([{ user: '4' }, { user: '5' }, { 'otel.metric.overflow': 'true' }]);
    expect(registry.closeWindows(10).map((row) => row.labels)).toEqual([{ user: '3' }, ...labels]);
  });

  it('takes back what was forgotten, with what it has counted, or answers what has come in its place', () => {
    const { registry, clock, record } = createFixture();
    const find = (user: string): Series =>
      registry.find({ name: 'a', type: 'counter', value: 1, labels: { user }, unit: null }) as Series;
    ['1', '2'].forEach((user) => record('a', { user }));
    const [first, second] = [find('1'), find('2')];
    registry.closeWindows(10);
    clock.now += HOUR_MS + 1;
    registry.forgetIdle();
    record('a', { user: '2' });

    const recalled = [registry.recall(first), registry.recall(second)];

    expect(recalled).toEqual([first, find('2')]);
    expect(recalled[1]).not.toBe(second);
    expect([find('1') === first, first.isForgotten, first.totals.sum]).toEqual([true, false, 1]);
  });

  it('keeps its limits against what is taken back, which records on unlisted', () => {
    const { registry, clock, record } = createFixture({ maxSeriesPerMetric: 1 });
    record('a', { user: '1' });
    const [series] = [...registry.recorded()] as [Series];
    registry.closeWindows(10);
    clock.now += HOUR_MS + 1;
    registry.forgetIdle();
    record('a', { user: '2' });

    expect(registry.recall(series)).toBe(series);
    expect([...registry.recorded()].map(({ columns }) => columns.labels)).toEqual([{ user: '2' }]);
  });

  it('takes an overflow series back as one', () => {
    const { registry, clock, record } = createFixture({ maxSeriesPerMetric: 1 });
    ['1', '2'].forEach((user) => record('a', { user }));
    const overflow = [...registry.recorded()][1] as Series;
    registry.closeWindows(10);
    clock.now += HOUR_MS + 1;
    registry.forgetIdle();

    registry.recall(overflow);
    record('a', { user: '1' });
    record('a', { user: '2' });

    expect([...registry.recorded()].filter((series) => series === overflow)).toHaveLength(1);
    expect([...registry.recorded()]).toHaveLength(2);
  });

  it('makes room for other names when all series of a metric are idle', () => {
    const { registry, clock, record } = createFixture({ maxMetrics: 1 });
    record('a');
    registry.closeWindows(1);
    clock.now += HOUR_MS + 1;

    const answers = [record('b'), registry.forgetIdle(), record('b')];

    expect(answers).toEqual([undefined, 1, {}]);
  });
});
