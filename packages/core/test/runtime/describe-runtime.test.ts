import { describe, expect, it } from 'vitest';
import { describeRuntime } from '../../src/runtime/describe-runtime.ts';
import type { RuntimeWindow } from '../../src/runtime/describe-runtime.ts';
import type { RuntimeReading } from '../../src/runtime/runtime-reading.ts';

const BEFORE: RuntimeReading = {
  atMs: 1_000,
  process: { cpuUserSeconds: 1, cpuSystemSeconds: 0.5, cpuCount: 2, memoryBytes: 50, uptimeSeconds: 1 },
  loop: { activeSeconds: 2, idleSeconds: 8 },
  heapSpaces: [
    { name: 'old_space', sizeBytes: 10, usedBytes: 5 },
    { name: 'new_large_object_space', sizeBytes: 4, usedBytes: 4 },
    { name: 'shared_space', sizeBytes: 0, usedBytes: 0 },
  ],
};
const NOW: RuntimeReading = {
  atMs: 11_000,
  process: { cpuUserSeconds: 6, cpuSystemSeconds: 1, cpuCount: 2, memoryBytes: 70, uptimeSeconds: 11 },
  loop: { activeSeconds: 4, idleSeconds: 14 },
  heapSpaces: [
    { name: 'old_space', sizeBytes: 20, usedBytes: 15 },
    { name: 'new_large_object_space', sizeBytes: 0, usedBytes: 0 },
    { name: 'shared_space', sizeBytes: 0, usedBytes: 0 },
  ],
};
const WINDOW: RuntimeWindow = { before: BEFORE, now: NOW, delay: undefined, gc: new Map() };

/** `name{labels}: type values unit` */
function lines(window: RuntimeWindow): string[] {
  return describeRuntime(window).map(({ name, labels, type, values, unit }) => {
    const shown = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    return `${name}{${shown.join()}}: ${type} ${values.join()} ${unit}`;
  });
}

describe('describeRuntime', () => {
  it('gives what grew as counters and what goes up and down as gauges, by the names of the conventions', () => {
    expect(lines(WINDOW)).toEqual([
      'process.cpu.time{cpu.mode=user}: counter 5 s',
      'process.cpu.utilization{cpu.mode=user}: gauge 0.25 1',
      'process.cpu.time{cpu.mode=system}: counter 0.5 s',
      'process.cpu.utilization{cpu.mode=system}: gauge 0.025 1',
      'process.memory.usage{}: gauge 70 By',
      'process.uptime{}: gauge 11 s',
      'nodejs.eventloop.time{nodejs.eventloop.state=active}: counter 2 s',
      'nodejs.eventloop.time{nodejs.eventloop.state=idle}: counter 6 s',
      'nodejs.eventloop.utilization{}: gauge 0.25 1',
      'v8js.memory.heap.used{v8js.heap.space.name=old_space}: gauge 15 By',
      'v8js.memory.heap.space.size{v8js.heap.space.name=old_space}: gauge 20 By',
      'v8js.memory.heap.used{v8js.heap.space.name=new_large_object_space}: gauge 0 By',
      'v8js.memory.heap.space.size{v8js.heap.space.name=new_large_object_space}: gauge 0 By',
    ]);
  });

  it('leaves out spaces of the heap that were empty and are', () => {
    const next = lines({ ...WINDOW, before: NOW });

    expect(next.filter((line) => line.startsWith('v8js.'))).toEqual([
      'v8js.memory.heap.used{v8js.heap.space.name=old_space}: gauge 15 By',
      'v8js.memory.heap.space.size{v8js.heap.space.name=old_space}: gauge 20 By',
    ]);
  });

  it('adds the delay of the event loop and each collection', () => {
    const delay = { min: 0.01, max: 0.2, mean: 0.02, stddev: 0.03, p50: 0.011, p90: 0.05, p99: 0.1 };
    const gc = new Map([
      ['minor', [0.001, 0.002]],
      ['major', [0.03]],
    ]);

    const all = lines({ ...WINDOW, delay, gc });

    expect(all.filter((line) => /delay|gc/.test(line))).toEqual([
      'nodejs.eventloop.delay.min{}: gauge 0.01 s',
      'nodejs.eventloop.delay.max{}: gauge 0.2 s',
      'nodejs.eventloop.delay.mean{}: gauge 0.02 s',
      'nodejs.eventloop.delay.stddev{}: gauge 0.03 s',
      'nodejs.eventloop.delay.p50{}: gauge 0.011 s',
      'nodejs.eventloop.delay.p90{}: gauge 0.05 s',
      'nodejs.eventloop.delay.p99{}: gauge 0.1 s',
      'v8js.gc.duration{v8js.gc.type=minor}: histogram 0.001,0.002 s',
      'v8js.gc.duration{v8js.gc.type=major}: histogram 0.03 s',
    ]);
  });

  it('tells nothing of the process in a worker thread, whose main thread does', () => {
    const thread = { ...NOW, process: undefined };

    const all = lines({ ...WINDOW, before: { ...BEFORE, process: undefined }, now: thread });

    expect(all.filter((line) => line.startsWith('process.'))).toEqual([]);
    expect(all).toContain('nodejs.eventloop.utilization{}: gauge 0.25 1');
  });

  it('gives no share of a window without length, and no growth of a clock that went back', () => {
    const all = lines({ ...WINDOW, before: NOW, now: { ...BEFORE, atMs: NOW.atMs } });

    expect(all).toContain('process.cpu.time{cpu.mode=user}: counter 0 s');
    expect(all).toContain('nodejs.eventloop.time{nodejs.eventloop.state=idle}: counter 0 s');
    expect(all.join()).not.toMatch(/utilization|NaN|Infinity/);
  });
});
