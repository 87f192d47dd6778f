import { settlesWithin } from '../../lifecycle/settles-within.ts';
import type { Log } from '../../logging/log-once.ts';
import { redactText } from '../../sanitize/redact.ts';
import type { ReadableSpan, SpanExporter } from '../opentelemetry-types.ts';
import { untraced } from '../untraced.ts';
import type { ExporterLimits } from './exporter-options.ts';
import { exportOnce } from './export-once.ts';
import type { SpanRedactor } from './redact-span.ts';

/** Why an exporter did not get a span. */
export type ExporterDropReason =
  | 'queue_full'
  | 'export_failed'
  | 'export_timeout'
  | 'unreadable'
  | 'shutdown';

/** What one further exporter has done so far. */
export interface ExporterStats {
  /** Name of its class. */
  name: string;
  /** Spans that wait, those that are being exported included. */
  queued: number;
  /** Spans it has taken. */
  exported: number;
  /** Spans it has not got, by reason. They are stored all the same. */
  dropped: Record<ExporterDropReason, number>;
  /** Exports that failed or took too long. */
  failedExports: number;
  /** The last failure, credentials masked; absent when there was none. */
  lastError?: string;
}

/** What an {@link ExporterQueue} works with. */
export interface ExporterQueueSetup {
  limits: ExporterLimits;
  redactor: SpanRedactor;
  log: Log;
}

const MAX_PAUSE_MS = 30_000;
const MAX_ERROR_LENGTH = 500;
// What an exporter that is in trouble may cost a flush, and its closing.
const TROUBLED_WAIT_MS = 1_000;
// Of the time for a shutdown; what is left is the exporter's to close.
const DRAIN_SHARE = 0.8;

/**
 * The queue of one further exporter: bounded, one export at a time, each within its time. A batch that failed is not offered
 * again: OTLP exporters repeat by themselves what may be repeated, and a second time would count it twice.
 */
export class ExporterQueue {
  readonly #exporter: SpanExporter;
  readonly #setup: ExporterQueueSetup;
  readonly #name: string;
  readonly #dropped: Record<ExporterDropReason, number> = {
    queue_full: 0,
    export_failed: 0,
    export_timeout: 0,
    unreadable: 0,
    shutdown: 0,
  };
  #queue: ReadableSpan[] = [];
  #inFlight: Promise<boolean> | undefined;
  #inFlightSpans = 0;
  /** Spans taken, and those of them that are exported or counted. */
  #taken = 0;
  #settled = 0;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #isRunning = false;
  #exported = 0;
  #failedExports = 0;
  /** Failures since the last success. */
  #failures = 0;
  #lastError: string | undefined;
  #shutdown: Promise<void> | undefined;
  #isStopped = false;
  #isClosed = false;

  constructor(exporter: SpanExporter, setup: ExporterQueueSetup) {
    this.#exporter = exporter;
    this.#setup = setup;
    this.#name = String(exporter.constructor?.name || 'exporter').slice(0, 100);
  }

  /** Takes a finished span; never throws and never waits. */
  add(span: ReadableSpan): void {
    if (this.#isStopped) {
      this.#dropped.shutdown += 1;
      return;
    }
    const { maxQueuedSpans, maxBatchSpans } = this.#setup.limits;
    if (this.#queued >= maxQueuedSpans) {
      this.#dropped.queue_full += 1;
      return;
    }
    this.#queue.push(span);
    this.#taken += 1;
    const isDue = this.#queue.length >= maxBatchSpans && this.#failures === 0;
    this.#schedule(isDue ? 0 : this.#delayMs, isDue);
  }

  /** Resolves when everything taken before is exported or counted, or when the time is over. Never rejects. */
  async flush(timeoutMs: number): Promise<void> {
    const { exportTimeoutMs } = this.#setup.limits;
    await settlesWithin(this.#drain(), this.#limited(Math.min(timeoutMs, exportTimeoutMs)));
  }

  /** Flushes within the time, counts what is left, and closes the exporter. Never rejects; safe to call twice. */
  shutdown(timeoutMs: number): Promise<void> {
    // The provider shuts its processors down once more.
    this.#shutdown ??= this.#close(timeoutMs);
    return this.#shutdown;
  }

  async #close(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await settlesWithin(this.#drain(), this.#limited(timeoutMs * DRAIN_SHARE));
    this.#isClosed = true;
    this.#dropped.shutdown += this.#queued;
    this.#queue = [];
    this.#inFlightSpans = 0;
    const closing = untraced(async () => this.#exporter.shutdown());
    await settlesWithin(closing, this.#limited(deadline - performance.now()));
  }

  stats(): ExporterStats {
    return {
      name: this.#name,
      queued: this.#queued,
      exported: this.#exported,
      dropped: { ...this.#dropped },
      failedExports: this.#failedExports,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  #limited(timeoutMs: number): number {
    return this.#failures > 0 ? Math.min(timeoutMs, TROUBLED_WAIT_MS) : timeoutMs;
  }

  get #queued(): number {
    return this.#queue.length + this.#inFlightSpans;
  }

  get #delayMs(): number {
    const { flushIntervalMs } = this.#setup.limits;
    return Math.min(
      flushIntervalMs * 2 ** Math.min(this.#failures, 16),
      Math.max(MAX_PAUSE_MS, flushIntervalMs),
    );
  }

  #schedule(delayMs: number, isDue: boolean): void {
    if (this.#isRunning || this.#isDue || (this.#timer !== undefined && !isDue)) {
      return;
    }
    clearTimeout(this.#timer);
    this.#isDue = isDue;
    this.#timer = setTimeout(() => void this.#run(), delayMs).unref();
  }

  /** Exports what is queued now, and whole batches that have come meanwhile; after a failure the rest waits. */
  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#isDue = false;
    this.#isRunning = true;
    const { maxBatchSpans } = this.#setup.limits;
    const target = this.#taken;
    let goesOn = true;
    while (goesOn && (this.#settled < target || this.#queue.length >= maxBatchSpans)) {
      goesOn = await this.#exportNext();
    }
    this.#isRunning = false;
    if (this.#queue.length > 0 && !this.#isStopped) {
      this.#schedule(this.#delayMs, false);
    }
  }

  async #drain(): Promise<void> {
    const target = this.#taken;
    while (this.#settled < target) {
      if (!(await this.#exportNext())) {
        return;
      }
    }
    await untraced(async () => this.#exporter.forceFlush?.());
  }

  /** The batch in flight, else the next one. False where it failed, or there is none. */
  #exportNext(): Promise<boolean> {
    if (this.#inFlight === undefined) {
      const batch = this.#queue.splice(0, this.#setup.limits.maxBatchSpans);
      if (batch.length === 0) {
        return Promise.resolve(false);
      }
      this.#inFlightSpans = batch.length;
      this.#inFlight = this.#export(batch).finally(() => {
        this.#inFlight = undefined;
      });
    }
    return this.#inFlight;
  }

  async #export(batch: readonly ReadableSpan[]): Promise<boolean> {
    const { redactor, limits } = this.#setup;
    const attempt = { batch, redactor, timeoutMs: limits.exportTimeoutMs };
    const { spanCount, failure } = await exportOnce(this.#exporter, attempt);
    this.#settled += batch.length;
    if (this.#isClosed) {
      // Its spans are counted as left over.
      return false;
    }
    this.#inFlightSpans = 0;
    this.#dropped.unreadable += batch.length - spanCount;
    if (failure === undefined) {
      this.#exported += spanCount;
      this.#noteSuccess();
      return true;
    }
    this.#dropped[failure.reason] += spanCount;
    this.#noteFailure(failure.message);
    return false;
  }

  #noteSuccess(): void {
    if (this.#failures > 0) {
      this.#failures = 0;
      this.#setup.log.info(`The span exporter ${this.#name} takes spans again.`);
    }
  }

  #noteFailure(message: string): void {
    this.#lastError = redactText(message).slice(0, MAX_ERROR_LENGTH);
    this.#failedExports += 1;
    this.#failures += 1;
    if (this.#failures === 1) {
      this.#setup.log.warn(
        `The span exporter ${this.#name} failed: ${this.#lastError}. Spans are stored all the same; those it does not get are counted in stats().exporters.`,
      );
    }
  }
}
