import type { EncodedBatch } from '../ingest/encoded-batch.ts';
import { releaseRows } from '../ingest/row-buffer.ts';
import { storeBatch } from '../ingest/store-batch.ts';
import { writeWithRetry } from '../ingest/write-with-retry.ts';
import { createLog } from '../logging/log-once.ts';
import type { Log } from '../logging/log-once.ts';
import { createRedact, redactText } from '../sanitize/redact.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { StoreAccessOptions } from '../storage/store-access.ts';
import { assertStore } from '../storage/store-access.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import type { ExportResult, ReadableSpan } from './opentelemetry-types.ts';
import { spanRefusal } from './span-window.ts';
import { SpanBatchBuilder } from './span-batch-builder.ts';
import { SpanEncoder } from './span-encoder.ts';

/** Options of {@link PostgreSQLSpanExporter}. */
export interface SpanExporterOptions extends StoreAccessOptions {
  /** Runs on every attribute after the default list; see `createObservability`. */
  redact?: Redact | undefined;
  /**
   * Milliseconds after which an export that the database does not take is reported as failed. Default 10,000, well below the
   * 30,000 after which OpenTelemetry's batch processor gives up on its own.
   */
  exportTimeoutMs?: number | undefined;
  /** Spans waiting in this exporter at most; further exports fail at once. Default 50,000. */
  maxPendingSpans?: number | undefined;
}

/** What the exporter has done so far. */
export interface SpanExporterStats {
  stored: number;
  dropped: Record<string, number>;
  retried: number;
}

const SUCCESS = 0;
const FAILED = 1;

/**
 * An OpenTelemetry `SpanExporter` that stores spans in PostgreSQL, usable in anybody's SDK. One export is one transaction
 * under one batch ID, so a repeat after an unknown commit stores nothing twice; failures that may pass are repeated until
 * `exportTimeoutMs`. Its own SQL is never traced. The store stays yours: `shutdown` does not close it.
 *
 * @source https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-exporter
 * @example
 * ```ts
 * const exporter = new PostgreSQLSpanExporter(postgresStore(process.env.DATABASE_URL));
 * const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
 * ```
 */
export class PostgreSQLSpanExporter {
  readonly #store: SqlStore;
  readonly #access: StoreAccessOptions;
  /** Empty between batches, which are encoded one at a time. */
  readonly #builder: SpanBatchBuilder;
  readonly #log: Log;
  readonly #exportTimeoutMs: number;
  readonly #maxPendingSpans: number;
  readonly #stats: SpanExporterStats = { stored: 0, dropped: {}, retried: 0 };
  #pendingSpans = 0;
  /** Ends with the last export that was begun. */
  #tail: Promise<void> = Promise.resolve();
  /** Ends with the one before, which is when the last one is on its way and the next can be encoded. */
  #beforeTail: Promise<void> = Promise.resolve();
  #shutDown = false;

  constructor(store: SqlStore, options: SpanExporterOptions = {}) {
    assertStore(store);
    this.#store = store;
    this.#access = { schema: options.schema, logger: options.logger };
    this.#builder = new SpanBatchBuilder(new SpanEncoder(createRedact(options.redact)));
    this.#log = createLog(options.logger);
    this.#exportTimeoutMs = options.exportTimeoutMs ?? 10_000;
    this.#maxPendingSpans = options.maxPendingSpans ?? 50_000;
  }

  /**
   * Stores `spans`; calls `resultCallback` exactly once with code 0 or 1, and never throws. The list is copied, so the caller may
   * go on with it. What is not a list fails and is counted as one `unreadable` span.
   */
  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    const accepted = copyOf(spans);
    if (accepted === undefined) {
      this.#refuse(resultCallback, 'unreadable', 1, 'a list of spans is expected');
      return;
    }
    if (this.#shutDown) {
      this.#refuse(resultCallback, 'shutdown', accepted.length, 'the exporter is shut down');
      return;
    }
    if (this.#pendingSpans + accepted.length > this.#maxPendingSpans) {
      const why = `more than ${this.#maxPendingSpans} spans are waiting`;
      this.#refuse(resultCallback, 'queue_full', accepted.length, why);
      return;
    }
    this.#pendingSpans += accepted.length;
    // One at a time: processors call export concurrently while they flush, and order is worth keeping. While the database stores
    // one batch the next is encoded, once the first has been sent.
    const previous = this.#tail;
    const encoded = this.#beforeTail.then(nextTurn).then(() => this.#encodeBatch(accepted));
    this.#beforeTail = previous;
    this.#tail = previous
      .then(() => encoded)
      .then((batch) => (batch === undefined ? { code: SUCCESS } : this.#storeBatch(batch)))
      .then((result) => {
        this.#pendingSpans -= accepted.length;
        report(resultCallback, result);
      });
  }

  /** Resolves when every export that was begun is done. Never rejects. */
  forceFlush(): Promise<void> {
    return this.#tail;
  }

  /** Finishes what was begun; later exports fail. The store is left open. */
  shutdown(): Promise<void> {
    this.#shutDown = true;
    return this.#tail;
  }

  /** Counts of spans stored, dropped by reason, and attempts repeated. */
  stats(): SpanExporterStats {
    return { ...this.#stats, dropped: { ...this.#stats.dropped } };
  }

  #refuse(resultCallback: (result: ExportResult) => void, reason: string, count: number, why: string): void {
    this.#countDropped(reason, count);
    report(resultCallback, { code: FAILED, error: new Error(`Spans not exported: ${why}.`) });
  }

  /** Undefined where none of the spans can be stored. */
  async #encodeBatch(spans: ReadableSpan[]): Promise<EncodedBatch | undefined> {
    const items = this.#acceptable(spans);
    // A detector that fails has told why; the spans are stored with what is known.
    await settledResources(items).catch(() => undefined);
    items.forEach((span) => this.#encode(span));
    return this.#builder.rowCount === 0 ? undefined : this.#builder.cut(Date.now()).batch;
  }

  async #storeBatch(whole: EncodedBatch): Promise<ExportResult> {
    const deadline = Date.now() + this.#exportTimeoutMs;
    let failure: unknown;
    let gaveUp = 0;
    await writeWithRetry(whole, {
      write: (batch) => storeBatch(this.#store, batch, this.#access),
      mayRetry: () => Date.now() < deadline && !this.#shutDown,
      pause: (delayMs) =>
        new Promise((resolve) => {
          setTimeout(resolve, Math.min(delayMs, Math.max(0, deadline - Date.now()))).unref();
        }),
      onFailure: (error, willRetry) => {
        failure = error;
        this.#stats.retried += willRetry ? 1 : 0;
      },
      onStored: (batch) => {
        this.#stats.stored += batch.rowCount;
      },
      onGivenUp: (batch, reason) => {
        this.#countDropped(reason, batch.rowCount);
        // A row that the database refuses is counted; the export as a whole has done what can be done.
        gaveUp += reason === 'poison' ? 0 : batch.rowCount;
      },
    });
    if (gaveUp === 0) {
      releaseRows(whole.rows);
    }
    return gaveUp === 0 ? { code: SUCCESS } : { code: FAILED, error: this.#toReportedError(failure) };
  }

  #encode(span: ReadableSpan): void {
    try {
      if (!this.#builder.add(span, false)) {
        this.#countDropped('invalid_ids', 1);
      }
    } catch {
      this.#countDropped('unreadable', 1);
    }
  }

  #acceptable(spans: ReadableSpan[]): ReadableSpan[] {
    const now = Date.now();
    return spans.filter((span) => {
      const refusal = refusalOf(span, now);
      if (refusal !== undefined && refusal !== 'not_sampled') {
        this.#countDropped(refusal, 1);
      }
      return refusal === undefined;
    });
  }

  #countDropped(reason: string, count: number): void {
    this.#stats.dropped[reason] = (this.#stats.dropped[reason] ?? 0) + count;
    this.#log.warnOnce(
      `dropped-${reason}`,
      `Dropped ${count} spans (${reason}). Further ones are only counted.`,
    );
  }

  #toReportedError(failure: unknown): Error {
    const message = redactText(failure instanceof Error ? failure.message : String(failure));
    return new Error(`Spans not exported: ${message}`, { cause: failure });
  }
}

function copyOf(spans: unknown): ReadableSpan[] | undefined {
  try {
    return Array.isArray(spans) ? Array.from<ReadableSpan>(spans) : undefined;
  } catch {
    return undefined;
  }
}

// A span of somebody else's making can have a getter that throws.
function refusalOf(span: ReadableSpan, now: number): string | undefined {
  try {
    return spanRefusal(span, now);
  } catch {
    return 'unreadable';
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

// Attributes of a resource may still be being detected. All spans of a process have the same one.
async function settledResources(spans: readonly ReadableSpan[]): Promise<void> {
  let settled: unknown;
  for (const { resource } of spans) {
    if (resource !== settled && resource.asyncAttributesPending === true) {
      await resource.waitForAsyncAttributes?.();
    }
    settled = resource;
  }
}

function report(resultCallback: (result: ExportResult) => void, result: ExportResult): void {
  try {
    resultCallback(result);
  } catch {
    // The callback is the processor's; what it throws must not break the chain of exports.
  }
}
