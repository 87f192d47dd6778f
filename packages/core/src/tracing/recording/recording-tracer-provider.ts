import type * as OpenTelemetryApi from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace';
import type { OnException } from '../../error-groups/recorded-exception.ts';
import type { Resource, SpanProcessor } from '../opentelemetry-types.ts';
import type { SpanLimits } from './span-limits.ts';
import { RecordingTracer } from './recording-tracer.ts';
import { SpanClock } from './span-clock.ts';

/** Options of {@link RecordingTracerProvider}. */
export interface RecordingTracerProviderOptions {
  readonly api: typeof OpenTelemetryApi;
  readonly resource: Resource;
  /** Undefined samples what has no parent, and follows a parent. */
  readonly sampler: Sampler | undefined;
  /** What is absent has OpenTelemetry's default. */
  readonly spanLimits: Partial<SpanLimits>;
  readonly processor: SpanProcessor;
  /** Told of each exception when it is recorded, also where head sampling drops the span. */
  readonly onException?: OnException | undefined;
}

const DEFAULT_LIMITS: SpanLimits = {
  attributeCountLimit: 128,
  attributeValueLengthLimit: Number.POSITIVE_INFINITY,
  eventCountLimit: 128,
  linkCountLimit: 128,
  attributePerEventCountLimit: 128,
  attributePerLinkCountLimit: 128,
};

/** Gives out tracers whose spans go to one processor. @source https://opentelemetry.io/docs/specs/otel/trace/sdk/#tracer-provider */
export class RecordingTracerProvider {
  readonly #options: RecordingTracerProviderOptions;
  readonly #limits: SpanLimits;
  readonly #clock = new SpanClock();
  readonly #tracers = new Map<string, RecordingTracer>();

  constructor(options: RecordingTracerProviderOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.spanLimits };
  }

  getTracer(name: string, version?: string, options?: { schemaUrl?: string }): RecordingTracer {
    const schemaUrl = options?.schemaUrl;
    const key = JSON.stringify([name, version, schemaUrl]);
    let tracer = this.#tracers.get(key);
    if (tracer === undefined) {
      const { api, resource, sampler, processor, onException } = this.#options;
      tracer = new RecordingTracer({
        api,
        resource,
        sampler,
        processor,
        onException,
        limits: this.#limits,
        clock: this.#clock,
        instrumentationScope: {
          name,
          ...(version === undefined ? {} : { version }),
          ...(schemaUrl === undefined ? {} : { schemaUrl }),
        },
      });
      this.#tracers.set(key, tracer);
    }
    return tracer;
  }

  forceFlush(): Promise<void> {
    return this.#options.processor.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#options.processor.shutdown();
  }
}
