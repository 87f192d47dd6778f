import { AlwaysOnSampler, ParentBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Tracer } from '@opentelemetry/api';
import type { ReadableSpan } from '@pg-observability/core';
import { resolveKeep } from '../../../src/tracing/sampling/keep-options.ts';
import type { KeepOptions, KeepRules } from '../../../src/tracing/sampling/keep-options.ts';
import { recordAll } from '../../../src/tracing/sampling/record-all-sampler.ts';
import { SpanKeepStage } from '../../../src/tracing/sampling/span-keep-stage.ts';
import type { SpanStage } from '../../../src/tracing/span-stage.ts';

/** A last station that keeps what comes. */
export class CollectingStage implements SpanStage {
  readonly spans: ReadableSpan[] = [];
  started = 0;

  onStart(): void {
    this.started += 1;
  }

  onEnd(span: ReadableSpan): void {
    this.spans.push(span);
  }

  async forceFlush(): Promise<void> {}

  async flush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  /** Names of what came, in order, and what was noted on them. */
  get notes(): unknown[] {
    return this.spans.map(({ name, attributes }) =>
      [name, attributes['sampling.rule'], attributes['sampling.adjusted_count']].filter(
        (note) => note !== undefined,
      ),
    );
  }
}

/** Keep-rules between the real SDK and a stage that collects, with a clock that is set by hand. */
export class KeptTraces {
  readonly collected = new CollectingStage();
  readonly stage: SpanKeepStage;
  readonly tracer: Tracer;
  nowMs = 1_800_000_000_000;

  constructor(options: KeepOptions, headRatio = 1) {
    this.stage = new SpanKeepStage(this.collected, {
      rules: resolveKeep(options) as KeepRules,
      headRatio: () => headRatio,
      now: () => this.nowMs,
    });
    this.tracer = new TracerProvider({
      sampler: recordAll(new ParentBasedSampler({ root: new AlwaysOnSampler() })),
      spanProcessors: [this.stage],
    }).getTracer('kept');
  }
}
