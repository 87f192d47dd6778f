import type * as OpenTelemetryApi from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace';
import { randomSpanId, randomTraceId } from '../../propagation/correlation-id-format.ts';
import type { Context, Span, SpanContext, SpanOptions, Tracer } from '../opentelemetry-types.ts';
import { SAME_AS_TRACE } from '../span-correlation.ts';
import { RecordingSpan } from './recording-span.ts';
import type { SpanOwner } from './recording-span.ts';
import { UnsampledSpan } from './unsampled-span.ts';

// The key @opentelemetry/core uses; a registered symbol, so it is the same in every copy and in SDK 2 and 3.
const SUPPRESS_TRACING: symbol = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const INTERNAL_KIND = 0;
const NOT_RECORD = 0;
const RECORD_AND_SAMPLED = 2;
const SAMPLED_FLAG = 1;

/** What a tracer is made of. */
export interface RecordingTracerParts extends SpanOwner {
  readonly api: typeof OpenTelemetryApi;
  /** Undefined samples what has no parent, and follows a parent. */
  readonly sampler: Sampler | undefined;
}

/** A tracer whose spans are {@link RecordingSpan}s. @source https://opentelemetry.io/docs/specs/otel/trace/api/#tracer */
export class RecordingTracer implements Tracer {
  readonly #parts: RecordingTracerParts;

  constructor(parts: RecordingTracerParts) {
    this.#parts = parts;
  }

  startSpan(name: string, options: SpanOptions = {}, context?: Context): Span {
    return this.#start(name, options, context);
  }

  /**
   * {@link startSpan} for our own adapters: the span takes `options.attributes` over as they are, so nobody else may have them.
   * @param correlationId of the request; undefined stands for the trace ID
   */
  startOwnSpan(
    name: string,
    options: SpanOptions,
    context: Context,
    correlationId: string | undefined,
  ): Span {
    return this.#start(name, options, context, correlationId ?? SAME_AS_TRACE);
  }

  #start(name: string, options: SpanOptions, context: Context | undefined, ownCorrelationId?: string): Span {
    const { api, processor } = this.#parts;
    const active = context ?? api.context.active();
    if (active.getValue(SUPPRESS_TRACING) === true) {
      return api.trace.wrapSpanContext(api.INVALID_SPAN_CONTEXT);
    }
    const parent = options.root === true ? undefined : validContext(api, api.trace.getSpanContext(active));
    const traceId = parent?.traceId ?? randomTraceId();
    const decision = this.#sample(active, traceId, name, options, parent);
    const traceState = decision.traceState ?? parent?.traceState;
    const traceFlags = decision.isSampled ? SAMPLED_FLAG : 0;
    const spanContext = createSpanContext(traceId, traceFlags, traceState);
    if (!decision.isRecorded) {
      return this.#unrecorded(spanContext, parent);
    }
    const span = new RecordingSpan(this.#parts, {
      name,
      kind: options.kind ?? INTERNAL_KIND,
      spanContext,
      parentSpanContext: parent,
      startTime: options.startTime,
      correlationId: ownCorrelationId,
    });
    beginSpan(span, options, decision.attributes, ownCorrelationId !== undefined);
    processor.onStart(span, active);
    return span;
  }

  #unrecorded(spanContext: SpanContext, parent: SpanContext | undefined): Span {
    const { api, onException } = this.#parts;
    return onException === undefined
      ? api.trace.wrapSpanContext(spanContext)
      : new UnsampledSpan(spanContext, parent?.spanId, onException);
  }

  startActiveSpan(name: string, ...rest: unknown[]): never {
    const { api } = this.#parts;
    const work = rest.at(-1) as (span: Span) => never;
    const options = (rest.length > 1 ? rest[0] : undefined) as SpanOptions | undefined;
    const parent = ((rest.length > 2 ? rest[1] : undefined) ??
      api.context.active()) as OpenTelemetryApi.Context;
    const span = this.startSpan(name, options, parent);
    const context = api.trace.setSpan(parent, span);
    return api.context.with(context, work, undefined, span);
  }

  #sample(
    context: OpenTelemetryApi.Context,
    traceId: string,
    name: string,
    { kind = INTERNAL_KIND, attributes, links }: SpanOptions,
    parent: SpanContext | undefined,
  ): Sampling {
    const { sampler } = this.#parts;
    if (sampler === undefined) {
      return parent === undefined || (parent.traceFlags & SAMPLED_FLAG) !== 0 ? SAMPLED : DROPPED;
    }
    const result = sampler.shouldSample(context, traceId, name, kind, attributes ?? {}, links ?? []);
    return {
      isRecorded: result.decision !== NOT_RECORD,
      isSampled: result.decision === RECORD_AND_SAMPLED,
      traceState: result.traceState,
      attributes: result.attributes,
    };
  }
}

interface Sampling {
  isRecorded: boolean;
  isSampled: boolean;
  traceState?: SpanContext['traceState'];
  attributes?: SpanOptions['attributes'];
}

const SAMPLED: Sampling = { isRecorded: true, isSampled: true };
const DROPPED: Sampling = { isRecorded: false, isSampled: false };

function validContext(
  api: typeof OpenTelemetryApi,
  context: OpenTelemetryApi.SpanContext | undefined,
): SpanContext | undefined {
  return context !== undefined && api.isSpanContextValid(context) ? context : undefined;
}

function createSpanContext(
  traceId: string,
  traceFlags: number,
  traceState: SpanContext['traceState'],
): SpanContext {
  const spanId = randomSpanId();
  return traceState === undefined
    ? { traceId, spanId, traceFlags }
    : { traceId, spanId, traceFlags, traceState };
}

function beginSpan(
  span: RecordingSpan,
  { attributes, links }: SpanOptions,
  ofSampler: SpanOptions['attributes'],
  isOwn: boolean,
): void {
  if (attributes !== undefined) {
    if (isOwn) {
      span.adoptAttributes(attributes);
    } else {
      span.setAttributes(attributes);
    }
  }
  if (ofSampler !== undefined) {
    span.setAttributes(ofSampler);
  }
  links?.forEach((link) => span.addLink(link));
}
