import { hasActed } from '../ingest/application-activity.ts';
import type { ActivityMark, ApplicationActivity } from '../ingest/application-activity.ts';
import type { Log } from '../logging/log-once.ts';
import type { TakeWindow } from '../metrics/metric-handle.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import { describeRuntime } from './describe-runtime.ts';
import type { RuntimeObservation } from './describe-runtime.ts';
import { EventLoopDelay } from './event-loop-delay.ts';
import { GcDurations } from './gc-durations.ts';
import { takeProcessTurn } from './process-turn.ts';
import type { ProcessRecorder } from './process-turn.ts';
import { readRuntime } from './runtime-reading.ts';
import type { RuntimeReading } from './runtime-reading.ts';

/** What {@link RuntimeMetrics} is made of. */
export interface RuntimeMetricsParts {
  metrics: Pick<MetricsCollector, 'bindWindow'>;
  activity: ApplicationActivity;
  log: Log;
  intervalMs: number;
  /** Milliseconds between two records of an idle process. Default 300,000: often enough to see memory grow. */
  idleIntervalMs?: number;
}

const IDLE_INTERVAL_MS = 300_000;

/**
 * Records CPU, memory, the event loop and the garbage collector of the process, from `start` to `stop`, while no other instance of
 * the process does.
 *
 * While the application records nothing, the windows grow to five minutes: whether a process is alive and its memory grows is
 * worth knowing of an idle one, too, but not 200,000 rows a day.
 */
export class RuntimeMetrics {
  readonly #parts: RuntimeMetricsParts;
  readonly #idleIntervalMs: number;
  readonly #series = new Map<string, TakeWindow | undefined>();
  #leave: (() => void) | undefined;
  #isStopped = false;
  #window: OpenWindow | undefined;

  constructor(parts: RuntimeMetricsParts) {
    this.#parts = parts;
    this.#idleIntervalMs = Math.max(parts.idleIntervalMs ?? IDLE_INTERVAL_MS, parts.intervalMs);
  }

  /** Waits for its turn in the process. Keeps no process alive. */
  start(): void {
    if (!this.#isStopped) {
      this.#leave ??= takeProcessTurn(this.#recorder);
    }
  }

  /** Takes away what watches the process. What was measured since the last record is left out. */
  stop(): void {
    this.#isStopped = true;
    this.#leave?.();
  }

  /** Ends the window, unless the process is idle and the window young. */
  tick(): void {
    const window = this.#window;
    if (window === undefined) {
      return;
    }
    this.#quietly(() => {
      const mark = this.#parts.activity.mark();
      const { mark: markBefore } = window;
      // The first window of a process says that it is there.
      const isWanted = markBefore === undefined || hasActed(markBefore, mark);
      if (isWanted || this.#isOld(window)) {
        this.#record(window);
        window.mark = mark;
      }
    });
  }

  readonly #recorder: ProcessRecorder = {
    begin: () =>
      this.#quietly(() => {
        this.#window = new OpenWindow(this.#parts.intervalMs, {
          onTick: () => this.tick(),
          onFull: () => this.#quietly(() => this.#window && this.#record(this.#window)),
        });
      }),
    end: () => {
      this.#window?.close();
      this.#window = undefined;
    },
  };

  // A timer may fire a little early or late.
  #isOld({ before }: OpenWindow): boolean {
    return performance.now() - before.atMs >= this.#idleIntervalMs - this.#parts.intervalMs / 2;
  }

  #record(window: OpenWindow): void {
    const { startedAt } = window;
    const observations = window.next();
    this.#parts.activity.recordOwn(() => {
      for (const observation of observations) {
        this.#find(observation)?.(observation.values, startedAt);
      }
    });
  }

  #find({ type, name, unit, labels }: RuntimeObservation): TakeWindow | undefined {
    const key = [name, ...Object.values(labels)].join(' ');
    if (!this.#series.has(key)) {
      this.#series.set(key, this.#parts.metrics.bindWindow(name, type, labels, { unit }));
    }
    return this.#series.get(key);
  }

  // Not every platform tells everything; the application runs on.
  #quietly(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#parts.log.warnOnce('runtime-metrics', `Could not measure the process: ${String(error)}.`);
    }
  }
}

/** What watches the process while it is the turn of an instance. */
class OpenWindow {
  before: RuntimeReading;
  /** Epoch milliseconds. */
  startedAt: number;
  /** What the application had recorded at the last tick that recorded. */
  mark: ActivityMark | undefined;
  readonly #delay = new EventLoopDelay();
  readonly #gc: GcDurations;
  readonly #timer: NodeJS.Timeout;

  constructor(intervalMs: number, { onTick, onFull }: { onTick: () => void; onFull: () => void }) {
    this.#gc = new GcDurations(onFull);
    this.before = readRuntime();
    this.startedAt = Date.now();
    this.#delay.start();
    this.#gc.start();
    this.#timer = setInterval(onTick, intervalMs).unref();
  }

  /** Begins the next one. @returns what there is to record about this one */
  next(): RuntimeObservation[] {
    const now = readRuntime();
    const { before } = this;
    this.before = now;
    this.startedAt = Date.now();
    return describeRuntime({ before, now, delay: this.#delay.take(), gc: this.#gc.take() });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#gc.stop();
    this.#delay.stop();
  }
}
