import { parseDocument } from '@pg-observability/testkit';
import type { DocumentFormat, ParsedFamily } from '@pg-observability/testkit';
import { describe, expect, it } from 'vitest';
import { closeWindow, createSeries, createSeriesColumns } from '../../../src/metrics/metric-series.ts';
import type { Series } from '../../../src/metrics/metric-series.ts';
import type { MetricType } from '../../../src/metrics/metric.ts';
import { renderDocument } from '../../../src/metrics/prometheus/render-document.ts';
import type { DocumentParts } from '../../../src/metrics/prometheus/render-document.ts';

const FORMATS: readonly DocumentFormat[] = ['text', 'openmetrics'];
const TRACE = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

interface Recorded {
  labels?: Record<string, string>;
  unit?: string | null;
}

/** A series in which the values were recorded. */
function record(
  type: MetricType,
  name: string,
  values: readonly number[],
  { labels = {}, unit = null }: Recorded = {},
): Series {
  const observation = { name, type, value: 0, labels, unit };
  const series = createSeries(createSeriesColumns(observation, { serviceName: null, resourceId: null }), 0);
  add(series, values);
  return series;
}

function add(series: Series, values: readonly number[]): void {
  for (const value of values) {
    series.aggregate.add(value);
    series.aggregate.noteExemplar({ ...TRACE, value, time: 1_700_000_000_000 });
    series.isOpen = true;
  }
}

function render(series: readonly Series[], parts: Partial<DocumentParts> = {}): string {
  const defaults = { resource: {}, bounds: new Map(), format: 'text' as const, onClash: () => undefined };
  return [...renderDocument({ ...defaults, ...parts, series })].join('');
}

function parse(series: readonly Series[], parts: Partial<DocumentParts> = {}): Map<string, ParsedFamily> {
  return parseDocument(render(series, parts), parts.format ?? 'text');
}

function clashes(families: Map<string, ParsedFamily>): Record<string, number> {
  const { samples } = families.get('pg_observability_prometheus_clashes') as ParsedFamily;
  return Object.fromEntries(samples.map(({ labels, value }) => [labels['kind'], value]));
}

function values(families: Map<string, ParsedFamily>, family: string): Record<string, number> {
  const samples = families.get(family)?.samples ?? [];
  return Object.fromEntries(
    samples.map(({ name, labels, value }) => [
      [name, ...Object.entries(labels).map(([label, text]) => `${label}=${text}`)].join(' '),
      value,
    ]),
  );
}

const SHOP = [
  record('counter', 'orders.placed', [1, 2], { labels: { channel: 'web' }, unit: '{order}' }),
  record('gauge', 'cache.fill', [0.9, 0.25], { unit: '1' }),
  record('histogram', 'wait', [0.5, 3], { labels: { queue: 'mail' }, unit: 's' }),
];
const BOUNDS = new Map([['wait', [0.5, 1]]]);
const RESOURCE = { 'service.name': 'shop', 'process.pid': '7' };

describe('renderDocument', () => {
  it('writes the text format', () => {
    expect(render(SHOP, { resource: RESOURCE, bounds: BOUNDS })).toBe(`\
# HELP target_info Attributes of the resource.
# TYPE target_info gauge
target_info{process_pid="7",service_name="shop"} 1
# HELP cache_fill_ratio cache.fill, recorded as a gauge in 1.
# TYPE cache_fill_ratio gauge
cache_fill_ratio 0.25
# HELP orders_placed_total orders.placed, recorded as a counter in {order}.
# TYPE orders_placed_total counter
orders_placed_total{channel="web"} 3
# HELP wait_seconds wait, recorded as a histogram in s.
# TYPE wait_seconds histogram
wait_seconds_bucket{queue="mail",le="0.5"} 1
wait_seconds_bucket{queue="mail",le="1"} 1
wait_seconds_bucket{queue="mail",le="+Inf"} 2
wait_seconds_sum{queue="mail"} 3.5
wait_seconds_count{queue="mail"} 2
# HELP pg_observability_prometheus_clashes Series that give way in this document: left out because a metric of another type has the name, with labels joined because their names became equal, added to a series that became the same.
# TYPE pg_observability_prometheus_clashes gauge
pg_observability_prometheus_clashes{kind="name"} 0
pg_observability_prometheus_clashes{kind="labels"} 0
pg_observability_prometheus_clashes{kind="series"} 0
`);
  });

  it('writes OpenMetrics, with units, exemplars and an end', () => {
    const text = render(SHOP, { resource: RESOURCE, bounds: BOUNDS, format: 'openmetrics' });

    expect(text.split('# TYPE pg_observability')[0]).toBe(`\
# TYPE target info
# HELP target Attributes of the resource.
target_info{process_pid="7",service_name="shop"} 1
# TYPE cache_fill_ratio gauge
# UNIT cache_fill_ratio ratio
# HELP cache_fill_ratio cache.fill, recorded as a gauge in 1.
cache_fill_ratio 0.25
# TYPE orders_placed counter
# HELP orders_placed orders.placed, recorded as a counter in {order}.
orders_placed_total{channel="web"} 3
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
# HELP wait_seconds wait, recorded as a histogram in s.
wait_seconds_bucket{queue="mail",le="0.5"} 1 # {trace_id="${TRACE.traceId}",span_id="${TRACE.spanId}"} 0.5 1700000000
wait_seconds_bucket{queue="mail",le="1.0"} 1
wait_seconds_bucket{queue="mail",le="+Inf"} 2 # {trace_id="${TRACE.traceId}",span_id="${TRACE.spanId}"} 3 1700000000
wait_seconds_sum{queue="mail"} 3.5
wait_seconds_count{queue="mail"} 2
`);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });

  it.each(FORMATS)('is a valid document in %s, also without any series', (format) => {
    expect([...parse([], { format }).keys()]).toEqual(['pg_observability_prometheus_clashes']);
    expect(parse(SHOP, { format, resource: RESOURCE }).size).toBe(5);
  });

  it.each(FORMATS)('never goes back from one document to the next in %s', (format) => {
    const series = record('histogram', 'wait', [0.004, 0.0051], { unit: 's' });
    const counter = record('counter', 'hits', [1]);
    let before: Record<string, number> = {};

    for (let round = 0; round < 40; round += 1) {
      // Values that lie further and further apart make the buckets coarser on the way.
      add(series, [0.0049, 0.3, 2.51, 10 ** (round * 2), 10 ** (-round * 2)]);
      add(counter, [round]);
      if (round % 3 === 0) {
        closeWindow(series, round);
        closeWindow(counter, round);
      }
      const families = parse([series, counter], { format });
      const now = { ...values(families, 'wait_seconds'), ...values(families, 'hits') };
      expect(Object.keys(before).filter((sample) => (now[sample] ?? -1) < (before[sample] ?? 0))).toEqual([]);
      before = now;
    }

    expect(before['wait_seconds_bucket le=+Inf']).toBe(202);
  });

  it('leaves the sum out where values below zero may make it fall, and in OpenMetrics the count with it', () => {
    const series = [record('histogram', 'change', [-2, 0, 3])];
    const bounds = new Map([['change', [-1, 0]]]);

    const inText = values(parse(series, { bounds }), 'change');
    const inOpenMetrics = values(parse(series, { bounds, format: 'openmetrics' }), 'change');

    expect(inText).toEqual({
      'change_bucket le=-1': 1,
      'change_bucket le=0': 2,
      'change_bucket le=+Inf': 3,
      change_count: 3,
    });
    expect(Object.keys(inOpenMetrics)).toEqual([
      'change_bucket le=-1.0',
      'change_bucket le=0.0',
      'change_bucket le=+Inf',
    ]);
  });
});

describe('clashes', () => {
  it.each<[first: [MetricType, string], second: [MetricType, string], kept: string]>([
    [['gauge', 'jobs'], ['counter', 'jobs'], 'jobs'],
    [['counter', 'jobs'], ['histogram', 'jobs'], 'jobs'],
    [['histogram', 'jobs'], ['gauge', 'jobs.count'], 'jobs'],
    [['gauge', 'jobs_sum'], ['histogram', 'jobs'], 'jobs_sum'],
    [['histogram', 'jobs'], ['histogram', 'jobs.count'], 'jobs'],
    [['histogram', 'jobs.count'], ['histogram', 'jobs'], 'jobs_count'],
    [['histogram', 'jobs_total'], ['counter', 'jobs'], 'jobs_total'],
    [['gauge', 'jobs_total'], ['counter', 'jobs'], 'jobs_total'],
    [['counter', 'jobs'], ['gauge', 'jobs.created'], 'jobs'],
  ])('leave out what comes second of %j and %j, and say so', (first, second, kept) => {
    const told: string[] = [];
    const series = [
      record(...first, [1]),
      record(...second, [1]),
      record(...second, [1], { labels: { x: '1' } }),
    ];
    const onClash: DocumentParts['onClash'] = ({ metric_name: name }, owner) =>
      told.push(`${name} gives way to ${owner.name}`);

    const families = parse(series, { format: 'openmetrics', onClash });

    expect(clashes(families)).toEqual({ name: 2, labels: 0, series: 0 });
    expect(families.has(kept)).toBe(true);
    expect(families.size).toBe(2);
    expect(told).toEqual([`${second[1]} gives way to ${kept}`]);
    expect(parse(series).size).toBe(2);
  });

  it.each<[type: MetricType, name: string]>([
    ['gauge', 'target.info'],
    ['counter', 'target'],
    ['histogram', 'target'],
    ['gauge', 'pg_observability.prometheus.clashes'],
  ])('leave out a %s with our own name %s', (type, name) => {
    const families = parse([record(type, name, [1])], { format: 'openmetrics', resource: RESOURCE });

    expect([...families.keys()]).toEqual(['target', 'pg_observability_prometheus_clashes']);
    expect(clashes(families)['name']).toBe(1);
  });

  it.each(FORMATS)('keep families apart in %s whose names only look alike', (format) => {
    const series = [
      record('counter', 'orders', [1]),
      record('counter', 'orders.created', [2]),
      record('histogram', 'wait', [1]),
      record('counter', 'wait.count', [3]),
    ];

    expect(clashes(parse(series, { format }))).toEqual({ name: 0, labels: 0, series: 0 });
  });

  it.each(FORMATS)('add series up in %s that have become the same', (format) => {
    const bounds = new Map([['a.wait', [1]]]);
    const series = [
      record('counter', 'a.hits', [1]),
      record('counter', 'a_hits', [2]),
      record('counter', 'a_hits', [4], { labels: { empty: '' } }),
      record('counter', 'a_hits', [8], { labels: { full: 'x' } }),
      record('gauge', 'a.level', [5]),
      record('gauge', 'a-level', [6]),
      record('histogram', 'a.wait', [0.5, 2]),
      record('histogram', 'a-wait', [0.25]),
    ];

    const families = parse(series, { format, bounds });

    const suffix = format === 'text' ? '_total' : '';
    expect(values(families, `a_hits${suffix}`)).toEqual({ a_hits_total: 7, 'a_hits_total full=x': 8 });
    expect(values(families, 'a_level')).toEqual({ a_level: 5 });
    expect(Object.values(values(families, 'a_wait'))).toEqual([2, 3, 2.75, 3]);
    expect(clashes(families)).toEqual({ name: 0, labels: 0, series: 4 });
  });

  it('join the values of labels that have become the same', () => {
    const series = [record('counter', 'hits', [1], { labels: { 'a.b': '1', a_b: '2' } })];

    const families = parse(series);

    expect(values(families, 'hits_total')).toEqual({ 'hits_total a_b=1;2': 1 });
    expect(clashes(families)).toEqual({ name: 0, labels: 1, series: 0 });
  });

  it('give way to `le`, which is the label of a bound', () => {
    const families = parse([record('histogram', 'wait', [1], { labels: { le: '5' } })]);

    expect(families.get('wait')?.samples.at(-1)?.labels).toEqual({ exported_le: '5' });
  });
});

describe('hostile input', () => {
  const TEXTS = [
    'a"} 1\nevil 1 # {',
    '\\',
    '\n# EOF\n',
    '\ufffd\u2028\u0007\r\u{1f600}',
    "'; drop table observability.metrics; --",
    '__proto__',
    'constructor',
    'x'.repeat(1_024),
    '注文',
  ];

  it.each(FORMATS)('makes no invalid document in %s', (format) => {
    const types: readonly MetricType[] = ['counter', 'gauge', 'histogram'];
    const series = types.flatMap((type) =>
      TEXTS.flatMap((text, at) =>
        TEXTS.map((other) =>
          record(type, `${type}${text}`, [0, 1e308, Number.MIN_VALUE], {
            labels: Object.fromEntries([
              [text, other],
              [`${at}`, text],
            ]),
            unit: other.slice(0, 63),
          }),
        ),
      ),
    );

    const families = parse(series, {
      format,
      resource: Object.fromEntries(TEXTS.map((text) => [text, text])),
    });

    expect(families.size).toBeGreaterThan(10);
    const target = families.get(format === 'text' ? 'target_info' : 'target');
    expect(Object.values(target?.samples[0]?.labels ?? {})).toContain(
      '\\;注文;\ufffd\u2028\u0007\r\u{1f600}',
    );
  });

  it('writes sums past the largest number', () => {
    const series = record('counter', 'huge', [1e308]);
    closeWindow(series, 0);
    add(series, [1e308]);

    expect(render([series])).toContain('huge_total +Inf\n');
  });
});
