// S5: what a recording call costs the application, with three labels, over 12 series as a service would have.
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { MetricsCollector } from '@pg-observability/core';
import prometheus from 'prom-client';
import { median } from './median.mjs';

const CALLS = 300_000;
const ROUNDS = 9;
const routes = ['/a', '/b', '/c', '/d'];
const statuses = ['200', '404', '500'];

/** Nanoseconds of CPU per call. */
function measure(record) {
  const before = process.cpuUsage();
  for (let i = 0; i < CALLS; i += 1) {
    record(i % 97, { method: 'GET', route: routes[i & 3], status: statuses[i % 3] });
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / CALLS;
}

/** A recording call of each library, by name. */
function openSubjects() {
  // Never written: the store answers nothing, and only the recording call is measured.
  const store = {
    query: async () => ({ rows: [], rowCount: 0 }),
    script: async () => {},
    transaction: async () => {},
  };
  const ours = new MetricsCollector(store, { schema: 'off', flushIntervalMs: 3_600_000 });
  const labels = { method: 'GET', route: '/a', status: '200' };
  const boundCounter = ours.bind('c', 'counter', labels);
  const boundHistogram = ours.bind('h', 'histogram', labels);
  const counter = new prometheus.Counter({ name: 'c', help: 'c', labelNames: ['method', 'route', 'status'] });
  const histogram = new prometheus.Histogram({
    name: 'h',
    help: 'h',
    labelNames: ['method', 'route', 'status'],
  });
  // Without a reader the SDK would aggregate nothing.
  const reader = new PeriodicExportingMetricReader({
    exporter: new InMemoryMetricExporter(AggregationTemporality.DELTA),
    exportIntervalMillis: 3_600_000,
  });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('bench');
  const otelCounter = meter.createCounter('c');
  const otelHistogram = meter.createHistogram('h');
  return {
    'counter ours': (value, labels) => ours.counter('c', 1, labels),
    'counter bound': () => boundCounter.add(),
    'histogram bound': (value) => boundHistogram.record(value),
    'counter prom-client': (value, labels) => counter.inc(labels, 1),
    'counter OpenTelemetry': (value, labels) => otelCounter.add(1, labels),
    'histogram ours': (value, labels) => ours.histogram('h', value, labels),
    'histogram prom-client': (value, labels) => histogram.observe(labels, value),
    'histogram OpenTelemetry': (value, labels) => otelHistogram.record(value, labels),
  };
}

/** Nanoseconds of a call by name: medians of rounds in turn, after one to warm up. */
function measureInTurn(subjects, rounds) {
  const times = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, record] of Object.entries(subjects)) {
      const nanoseconds = measure(record);
      if (round > 0) {
        times[name].push(nanoseconds);
      }
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

export async function recordMetrics({ quick }) {
  const times = measureInTurn(openSubjects(), quick ? 3 : ROUNDS);
  const rows = ['counter', 'histogram'].flatMap((kind) => [
    {
      what: `${kind}, 3 labels`,
      ours: times[`${kind} ours`],
      peer: times[`${kind} prom-client`],
      peerName: 'prom-client 15.1.3',
      unit: 'ns',
      ratioAtMost: 0.5,
    },
    {
      what: `${kind}, 3 labels`,
      ours: times[`${kind} ours`],
      peer: times[`${kind} OpenTelemetry`],
      peerName: 'OpenTelemetry 2.12.1',
      unit: 'ns',
      ratioAtMost: 0.25,
    },
    {
      what: `${kind}, bound handle`,
      ours: times[`${kind} bound`],
      unit: 'ns',
      valueAtMost: 100,
    },
  ]);
  return { rows };
}
