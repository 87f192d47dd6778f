import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';
import { isMainThread } from 'node:worker_threads';

/** What the runtime says of itself at one moment; times add up since the process began. */
export interface RuntimeReading {
  /** Milliseconds by a clock that never goes back. */
  readonly atMs: number;
  /** Undefined in a worker thread: what is the process's is told by its main thread. */
  readonly process: ProcessReading | undefined;
  readonly loop: EventLoopReading;
  readonly heapSpaces: readonly HeapSpaceReading[];
}

/** What the operating system says of the process. */
export interface ProcessReading {
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  /** CPUs the process may use. */
  readonly cpuCount: number;
  /** Resident set size. */
  readonly memoryBytes: number;
  readonly uptimeSeconds: number;
}

/** How long the event loop was busy, and how long it waited. */
export interface EventLoopReading {
  readonly activeSeconds: number;
  readonly idleSeconds: number;
}

/** One space of V8's heap. */
export interface HeapSpaceReading {
  /** For example `old_space`. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
}

/** Asks Node.js and V8; it takes about 30 µs. */
export function readRuntime(): RuntimeReading {
  const { active, idle } = performance.eventLoopUtilization();
  return {
    atMs: performance.now(),
    process: isMainThread ? readProcess() : undefined,
    loop: { activeSeconds: active / 1_000, idleSeconds: idle / 1_000 },
    heapSpaces: getHeapSpaceStatistics().map((space) => ({
      name: space.space_name,
      sizeBytes: space.space_size,
      usedBytes: space.space_used_size,
    })),
  };
}

function readProcess(): ProcessReading {
  const { user, system } = process.cpuUsage();
  return {
    cpuUserSeconds: user / 1e6,
    cpuSystemSeconds: system / 1e6,
    cpuCount: availableParallelism(),
    memoryBytes: process.memoryUsage.rss(),
    uptimeSeconds: process.uptime(),
  };
}
