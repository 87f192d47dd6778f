import type { Log } from '../logging/log-once.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { SpanExporter } from './opentelemetry-types.ts';
import { resolveKeep } from './sampling/keep-options.ts';
import type { KeepOptions } from './sampling/keep-options.ts';
import { SpanKeepStage } from './sampling/span-keep-stage.ts';
import type { SamplingStats } from './sampling/span-keep-stage.ts';
import type { SpanStage } from './span-stage.ts';
import { assertExporters, resolveExporterLimits } from './tee/exporter-options.ts';
import type { ExporterQueueOptions } from './tee/exporter-options.ts';
import { ExporterQueue } from './tee/exporter-queue.ts';
import type { ExporterStats } from './tee/exporter-queue.ts';
import { SpanRedactor } from './tee/redact-span.ts';
import { SpanTeeStage } from './tee/span-tee-stage.ts';

/** What lies between an ended span and the queue to the database. */
export interface SpanPipelineOptions {
  keep?: KeepOptions | undefined;
  exporters?: readonly SpanExporter[] | undefined;
  exporterQueue?: ExporterQueueOptions | undefined;
  redact: Redact;
  log: Log;
  /** Share of the traces begun here that head sampling lets through. */
  headRatio(): number;
}

/** The way of an ended span: the stages that were asked for, in front of the queue. */
export interface SpanPipeline {
  /** Its first station; the queue itself where nothing was asked for, so that nothing is paid. */
  readonly entry: SpanStage;
  /** True where spans are needed that head sampling drops. */
  readonly recordsUnsampled: boolean;
  /** Null without keep-rules. */
  samplingStats(): SamplingStats | null;
  /** One for each further exporter, in their order. */
  exporterStats(): ExporterStats[];
}

/**
 * Puts the stages that were asked for in front of the queue: first the keep-rules, then the tee, so that the database and the
 * further exporters get the same traces.
 * @throws `INVALID_OPTION`
 */
export function createSpanPipeline(queue: SpanStage, options: SpanPipelineOptions): SpanPipeline {
  const rules = resolveKeep(options.keep);
  const exporterQueues = createExporterQueues(options);
  const exit = exporterQueues.length === 0 ? queue : new SpanTeeStage(queue, exporterQueues);
  const headRatio = (): number => options.headRatio();
  const keep = rules === undefined ? undefined : new SpanKeepStage(exit, { rules, headRatio });
  return {
    entry: keep ?? exit,
    recordsUnsampled: keep !== undefined,
    samplingStats: () => keep?.stats() ?? null,
    exporterStats: () => exporterQueues.map((exporterQueue) => exporterQueue.stats()),
  };
}

function createExporterQueues(options: SpanPipelineOptions): ExporterQueue[] {
  const { exporters = [], log } = options;
  assertExporters(exporters);
  const limits = resolveExporterLimits(options.exporterQueue);
  const redactor = new SpanRedactor(options.redact);
  return exporters.map((exporter) => new ExporterQueue(exporter, { limits, redactor, log }));
}
