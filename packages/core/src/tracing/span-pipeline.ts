import { resolveKeep } from './sampling/keep-options.ts';
import type { KeepOptions } from './sampling/keep-options.ts';
import { SpanKeepStage } from './sampling/span-keep-stage.ts';
import type { SamplingStats } from './sampling/span-keep-stage.ts';
import type { SpanStage } from './span-stage.ts';

/** What lies between an ended span and the queue to the database. */
export interface SpanPipelineOptions {
  keep?: KeepOptions | undefined;
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
}

/**
 * Puts the stages that were asked for in front of the queue.
 * @throws `INVALID_OPTION`
 */
export function createSpanPipeline(queue: SpanStage, options: SpanPipelineOptions): SpanPipeline {
  const rules = resolveKeep(options.keep);
  const keep =
    rules === undefined
      ? undefined
      : new SpanKeepStage(queue, { rules, headRatio: () => options.headRatio() });
  return {
    entry: keep ?? queue,
    recordsUnsampled: keep !== undefined,
    samplingStats: () => keep?.stats() ?? null,
  };
}
