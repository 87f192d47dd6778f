import type { EncodedBatch, OriginResource } from '../ingest/encoded-batch.ts';
import { METRIC_COLUMNS } from '../ingest/ingest-columns.ts';
import { randomTraceId } from '../propagation/correlation-id-format.ts';
import { MetricEncoder } from './metric-encoder.ts';
import type { MetricRow } from './metric-row.ts';

// A histogram over nine decades is 8 kB of text; 500 of them are encoded in a few milliseconds.
const MAX_BATCH_POINTS = 500;
// Labels can be 80 kB, and the writer keeps or drops a batch as a whole.
const MAX_BATCH_CHARACTERS = 4_194_304;
const MINUTE_MS = 60_000;

/** Points that are encoded and wait to be cut into a batch. */
export class MetricBatchBuilder {
  readonly #encoder = new MetricEncoder();
  readonly #minutes = new Set<number>();
  readonly #resources = new Map<string, OriginResource>();
  #rows: string[] = [];
  #characters = 0;

  get rowCount(): number {
    return this.#rows.length;
  }

  /** True where the batch is large enough to be cut. */
  get isFull(): boolean {
    return this.#rows.length >= MAX_BATCH_POINTS || this.#characters >= MAX_BATCH_CHARACTERS;
  }

  /** @param resource the row that `resource_id` refers to, where it may not be stored yet */
  add(row: MetricRow, resource?: OriginResource): void {
    const encoded = this.#encoder.encode(row);
    this.#rows.push(encoded);
    this.#characters += encoded.length;
    this.#minutes.add(Math.floor(row.recorded_at / MINUTE_MS));
    if (resource !== undefined) {
      this.#resources.set(resource.resource_id, resource);
    }
  }

  /** Takes what is there as a batch; undefined where there is nothing. */
  cut(): EncodedBatch | undefined {
    if (this.#rows.length === 0) {
      return undefined;
    }
    const batch: EncodedBatch = {
      batchId: randomTraceId(),
      signal: 'metrics',
      columns: METRIC_COLUMNS,
      rowCount: this.#rows.length,
      partitionTimes: [...this.#minutes].map((minute) => minute * MINUTE_MS),
      origins: { resources: [...this.#resources.values()], scopes: [] },
      cutAtMs: Date.now(),
      rows: Buffer.from(this.#rows.join('')),
    };
    this.#rows = [];
    this.#characters = 0;
    this.#minutes.clear();
    this.#resources.clear();
    return batch;
  }
}
