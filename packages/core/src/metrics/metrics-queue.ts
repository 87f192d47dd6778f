import { createIngestQueue } from '../ingest/ingest-queue.ts';
import type { IngestQueue } from '../ingest/ingest-queue.ts';
import { storeBatch } from '../ingest/store-batch.ts';
import type { Log } from '../logging/log-once.ts';
import type { SqlStore } from '../storage/sql-store.ts';
import type { MetricRow } from './metric-row.ts';
import { insertMetrics } from './metrics.sql.ts';
import type { ResolvedMetricsOptions } from './metrics-options.ts';

// A histogram over nine decades is 8 kB of JSON; 500 of them are encoded in a few milliseconds.
const MAX_BATCH_POINTS = 500;
// What is recorded as it is waits no longer than this, however long the window.
const MAX_WAIT_MS = 1_000;

/** The queue through which points reach the database, each batch in one transaction with its ID. */
export function createMetricsQueue(
  store: SqlStore,
  options: ResolvedMetricsOptions,
  log: Log,
): IngestQueue<MetricRow> {
  return createIngestQueue<MetricRow>({
    name: 'metrics',
    maxQueuedItems: options.maxQueuedPoints,
    maxBatchItems: MAX_BATCH_POINTS,
    flushIntervalMs: Math.min(options.flushIntervalMs, MAX_WAIT_MS),
    log,
    write: async ({ batchId, items }) => {
      await storeBatch(
        store,
        {
          batchId,
          signal: 'metrics',
          rowCount: items.length,
          times: items.map((row) => row.recorded_at),
          insert: async (sql) => {
            await sql.query(insertMetrics, [JSON.stringify(items)]);
          },
        },
        options.access,
      );
    },
  });
}
