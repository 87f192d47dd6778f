import type { IngestStats } from '../ingest/ingest-stats.ts';
import type { IngestWriter } from '../ingest/ingest-writer.ts';
import type { Log } from '../logging/log-once.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { SpanExporter } from './opentelemetry-types.ts';
import { resolveKeep } from './sampling/keep-options.ts';
import type { KeepOptions } from './sampling/keep-options.ts';
import { SpanKeepStage } from './sampling/span-keep-stage.ts';
import type { SamplingStats } from './sampling/span-keep-stage.ts';
import { SpanEncoder } from './span-encoder.ts';
import { SpanQueueProcessor } from './span-queue-processor.ts';
import type { SpanStage } from './span-stage.ts';
import { assertExporters, resolveExporterLimits } from './tee/exporter-options.ts';
import type { ExporterQueueOptions } from './tee/exporter-options.ts';
import { ExporterQueue } from './tee/exporter-queue.ts';
import type { ExporterStats } from './tee/exporter-queue.ts';
import { SpanRedactor } from './tee/redact-span.ts';
import { SpanTeeStage } from './tee/span-tee-stage.ts';

/** What lies between an ended span and the writer. */
export interface SpanPipelineOptions {
  keep?: KeepOptions | undefined;
  exporters?: readonly SpanExporter[] | undefined;
  exporterQueue?: ExporterQueueOptions | undefined;
  maxQueuedSpans: number;
  maxBatchSpans: number;
  spanFlushIntervalMs: number;
  /** Days spans are kept; absent where nobody drops them. */
  retentionDays: number | undefined;
  redact: Redact;
  log: Log;
  /** Share of the traces begun here that head sampling lets through. */
  headRatio(): number;
}

/** What has become of spans so far. */
export interface SpanPipelineStats {
  spans: IngestStats;
  /** Null without keep-rules. */
  sampling: SamplingStats | null;
  /** One for each further exporter, in their order. */
  exporters: ExporterStats[];
}

/** The way of an ended span: the stages that were asked for, in front of the queue to the database. */
export interface SpanPipeline {
  /** Its first station; the queue itself where nothing was asked for, so that nothing is paid. */
  readonly entry: SpanStage;
  /** True where spans are needed that head sampling drops. */
  readonly recordsUnsampled: boolean;
  stats(): SpanPipelineStats;
}

/**
 * Makes the queue, and puts the stages that were asked for in front of it: first the keep-rules, then the tee, so that the
 * database and the further exporters get the same traces.
 * @throws `INVALID_OPTION`
 */
export function createSpanPipeline(writer: IngestWriter, options: SpanPipelineOptions): SpanPipeline {
  const rules = resolveKeep(options.keep);
  const exporterQueues = createExporterQueues(options);
  const queue = new SpanQueueProcessor(new SpanEncoder(options.redact), writer, {
    maxQueuedSpans: options.maxQueuedSpans,
    maxBatchSpans: options.maxBatchSpans,
    flushIntervalMs: options.spanFlushIntervalMs,
    ownsWriter: false,
    retentionDays: options.retentionDays,
  });
  const exit = exporterQueues.length === 0 ? queue : new SpanTeeStage(queue, exporterQueues);
  const headRatio = (): number => options.headRatio();
  const keep = rules === undefined ? undefined : new SpanKeepStage(exit, { rules, headRatio });
  return {
    entry: keep ?? exit,
    recordsUnsampled: keep !== undefined,
    stats: () => ({
      spans: queue.stats(),
      sampling: keep?.stats() ?? null,
      exporters: exporterQueues.map((exporterQueue) => exporterQueue.stats()),
    }),
  };
}

function createExporterQueues(options: SpanPipelineOptions): ExporterQueue[] {
  const { exporters = [], log } = options;
  assertExporters(exporters);
  const limits = resolveExporterLimits(options.exporterQueue);
  const redactor = new SpanRedactor(options.redact);
  return exporters.map((exporter) => new ExporterQueue(exporter, { limits, redactor, log }));
}
