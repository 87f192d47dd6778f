import type { BatchOrigins, EncodedBatch, OriginResource, OriginScope } from '../ingest/encoded-batch.ts';
import { SPAN_COLUMNS } from '../ingest/ingest-columns.ts';
import { randomTraceId } from '../propagation/correlation-id-format.ts';
import { RowBuffer } from '../ingest/row-buffer.ts';
import type { ReadableSpan } from './opentelemetry-types.ts';
import type { SpanEncoder, SpanOrigin } from './span-encoder.ts';
import { spanStartMs } from './span-times.ts';

const DAY_MS = 86_400_000;

/** Rows that are encoded and wait to be cut into a batch. */
export class SpanBatchBuilder {
  readonly #encoder: SpanEncoder;
  readonly #important = new RowBuffer();
  readonly #ordinary = new RowBuffer();
  readonly #days = new Map<number, number>();
  readonly #resources = new Map<string, OriginResource>();
  readonly #scopes = new Map<string, OriginScope>();
  #lastDay = Number.NaN;
  #lastOrigin: unknown;

  constructor(encoder: SpanEncoder) {
    this.#encoder = encoder;
  }

  get rowCount(): number {
    return this.#important.rowCount + this.#ordinary.rowCount;
  }

  /** Adds a span; false where its IDs are none. Throws where it cannot be read. Either way nothing is added. */
  add(span: ReadableSpan, isImportant: boolean): boolean {
    const origin = this.#encoder.origin(span);
    const rows = isImportant ? this.#important : this.#ordinary;
    if (!this.#write(span, origin, rows)) {
      return false;
    }
    if (origin !== this.#lastOrigin) {
      this.#lastOrigin = origin;
      this.#resources.set(origin.resource.resource_id, origin.resource);
      this.#scopes.set(origin.scope.scope_id, origin.scope);
    }
    const startMs = spanStartMs(span);
    const day = Math.floor(startMs / DAY_MS);
    if (day !== this.#lastDay) {
      this.#lastDay = day;
      this.#days.set(day, startMs);
    }
    return true;
  }

  /** Takes what is there as a batch, what is kept longest first. */
  cut(nowMs: number): { batch: EncodedBatch; importantRowCount: number } {
    const importantRowCount = this.#important.rowCount;
    const { rowCount } = this;
    const batch: EncodedBatch = {
      batchId: randomTraceId(),
      signal: 'spans',
      columns: SPAN_COLUMNS,
      rowCount,
      partitionTimes: [...this.#days.values()],
      origins: this.#origins(),
      cutAtMs: nowMs,
      rows: joinRows(this.#important.take(), this.#ordinary.take()),
    };
    this.#days.clear();
    this.#lastDay = Number.NaN;
    this.#resources.clear();
    this.#scopes.clear();
    this.#lastOrigin = undefined;
    return { batch, importantRowCount };
  }

  #write(span: ReadableSpan, origin: SpanOrigin, rows: RowBuffer): boolean {
    const start = rows.position;
    let isWhole = false;
    try {
      isWhole = this.#encoder.write(span, origin, rows);
      return isWhole;
    } finally {
      if (!isWhole) {
        rows.rewind(start);
      }
    }
  }

  #origins(): BatchOrigins {
    return { resources: [...this.#resources.values()], scopes: [...this.#scopes.values()] };
  }
}

// Nearly always one of the two is empty.
function joinRows(first: Buffer, second: Buffer): Buffer {
  return first.length === 0 ? second : Buffer.concat([first, second]);
}
