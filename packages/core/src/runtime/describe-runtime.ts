import type { MetricType } from '../metrics/metric.ts';
import type { DelaySummary } from './event-loop-delay.ts';
import type { DurationsByGcType } from './gc-durations.ts';
import type { HeapSpaceReading, ProcessReading, RuntimeReading } from './runtime-reading.ts';

/** What one series gets for one window. */
export interface RuntimeObservation {
  readonly type: MetricType;
  readonly name: string;
  /** UCUM. */
  readonly unit: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** A window of the process: what it began with, what it ended with, and what was measured in between. */
export interface RuntimeWindow {
  readonly before: RuntimeReading;
  readonly now: RuntimeReading;
  readonly delay: DelaySummary | undefined;
  readonly gc: DurationsByGcType;
}

/**
 * What to record about a window. Sums of the conventions that go up and down are gauges here.
 *
 * @source https://opentelemetry.io/docs/specs/semconv/system/process-metrics/
 * @source https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/
 * @source https://opentelemetry.io/docs/specs/semconv/runtime/v8js-metrics/
 */
export function describeRuntime({ before, now, delay, gc }: RuntimeWindow): RuntimeObservation[] {
  const elapsedSeconds = (now.atMs - before.atMs) / 1_000;
  return [
    ...describeProcess(before.process, now.process, elapsedSeconds),
    ...describeLoop(before, now),
    ...Object.entries(delay ?? {}).map(([name, seconds]) =>
      gauge(`nodejs.eventloop.delay.${name}`, 's', seconds as number),
    ),
    ...describeHeap(before, now),
    ...[...gc].map(([type, values]) => ({
      type: 'histogram' as const,
      name: 'v8js.gc.duration',
      unit: 's',
      labels: { 'v8js.gc.type': type },
      values,
    })),
  ];
}

function describeProcess(
  before: ProcessReading | undefined,
  now: ProcessReading | undefined,
  elapsedSeconds: number,
): RuntimeObservation[] {
  if (before === undefined || now === undefined) {
    return [];
  }
  const cpuSeconds = {
    user: growth(before.cpuUserSeconds, now.cpuUserSeconds),
    system: growth(before.cpuSystemSeconds, now.cpuSystemSeconds),
  };
  return [
    ...Object.entries(cpuSeconds).flatMap(([mode, seconds]) => [
      counter('process.cpu.time', 's', seconds, { 'cpu.mode': mode }),
      ...(elapsedSeconds > 0
        ? [
            gauge('process.cpu.utilization', '1', seconds / elapsedSeconds / now.cpuCount, {
              'cpu.mode': mode,
            }),
          ]
        : []),
    ]),
    gauge('process.memory.usage', 'By', now.memoryBytes),
    gauge('process.uptime', 's', now.uptimeSeconds),
  ];
}

function describeLoop(before: RuntimeReading, now: RuntimeReading): RuntimeObservation[] {
  const active = growth(before.loop.activeSeconds, now.loop.activeSeconds);
  const idle = growth(before.loop.idleSeconds, now.loop.idleSeconds);
  const time = (state: string, seconds: number): RuntimeObservation =>
    counter('nodejs.eventloop.time', 's', seconds, { 'nodejs.eventloop.state': state });
  return [
    time('active', active),
    time('idle', idle),
    ...(active + idle > 0 ? [gauge('nodejs.eventloop.utilization', '1', active / (active + idle))] : []),
  ];
}

// Half of the spaces are empty in most processes, always. One that empties is told of once more.
function describeHeap(before: RuntimeReading, now: RuntimeReading): RuntimeObservation[] {
  const wasInUse = new Set(before.heapSpaces.filter(isInUse).map(({ name }) => name));
  return now.heapSpaces
    .filter((space) => isInUse(space) || wasInUse.has(space.name))
    .flatMap(({ name, sizeBytes, usedBytes }) => {
      const labels = { 'v8js.heap.space.name': name };
      return [
        gauge('v8js.memory.heap.used', 'By', usedBytes, labels),
        gauge('v8js.memory.heap.space.size', 'By', sizeBytes, labels),
      ];
    });
}

function isInUse({ sizeBytes }: HeapSpaceReading): boolean {
  return sizeBytes > 0;
}

// What is read from two clocks of the system may go back by a microsecond.
function growth(before: number, now: number): number {
  return Math.max(0, now - before);
}

function counter(
  name: string,
  unit: string,
  value: number,
  labels: Record<string, string>,
): RuntimeObservation {
  return { type: 'counter', name, unit, labels, values: [value] };
}

function gauge(
  name: string,
  unit: string,
  value: number,
  labels: Record<string, string> = {},
): RuntimeObservation {
  return { type: 'gauge', name, unit, labels, values: [value] };
}
