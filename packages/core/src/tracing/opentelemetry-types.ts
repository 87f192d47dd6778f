// The parts of OpenTelemetry's API that appear in public types. Declared here, because the packages are optional peers and
// a declaration that imports an absent package does not compile for users. They match @opentelemetry/api 1.9 and 1.10.

/** Seconds and nanoseconds. */
export type HrTime = [number, number];

/** A moment: `[seconds, nanoseconds]`, epoch milliseconds, a `performance.now()` value or a Date. */
export type TimeInput = HrTime | number | Date;

/** A value an attribute can have. */
export type AttributeValue =
  | string
  | number
  | boolean
  | (string | null | undefined)[]
  | (number | null | undefined)[]
  | (boolean | null | undefined)[];

/** Attributes of a span, an event or a link. */
export interface Attributes {
  [key: string]: AttributeValue | undefined;
}

/** The identity of a span. */
export interface SpanContext {
  /** 32 lower-case hex digits. */
  traceId: string;
  /** 16 lower-case hex digits. */
  spanId: string;
  /** Bit 0: sampled. */
  traceFlags: number;
  isRemote?: boolean;
  traceState?: TraceState;
}

/** W3C tracestate. */
export interface TraceState {
  set(key: string, value: string): TraceState;
  unset(key: string): TraceState;
  get(key: string): string | undefined;
  serialize(): string;
}

/** `0` unset, `1` ok, `2` error. */
export interface SpanStatus {
  code: number;
  message?: string;
}

/** A reference to another span. */
export interface Link {
  context: SpanContext;
  attributes?: Attributes;
  droppedAttributesCount?: number;
}

/** A span that is being recorded, as OpenTelemetry's API describes it. */
export interface Span {
  spanContext(): SpanContext;
  setAttribute(key: string, value: AttributeValue): this;
  setAttributes(attributes: Attributes): this;
  addEvent(name: string, attributesOrStartTime?: Attributes | TimeInput, startTime?: TimeInput): this;
  addLink(link: Link): this;
  addLinks(links: Link[]): this;
  setStatus(status: SpanStatus): this;
  updateName(name: string): this;
  end(endTime?: TimeInput): void;
  isRecording(): boolean;
  recordException(exception: Error | string, time?: TimeInput): void;
}

/** OpenTelemetry's immutable context. */
export interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): Context;
  deleteValue(key: symbol): Context;
}

/** Options of a new span. `kind`: 0 internal, 1 server, 2 client, 3 producer, 4 consumer. */
export interface SpanOptions {
  kind?: number;
  attributes?: Attributes;
  links?: Link[];
  startTime?: TimeInput;
  root?: boolean;
}

/** OpenTelemetry's tracer. */
export interface Tracer {
  startSpan(name: string, options?: SpanOptions, context?: Context): Span;
  startActiveSpan<Work extends (span: Span) => unknown>(name: string, work: Work): ReturnType<Work>;
  startActiveSpan<Work extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    work: Work,
  ): ReturnType<Work>;
  startActiveSpan<Work extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    context: Context,
    work: Work,
  ): ReturnType<Work>;
}

/** Attributes that have been recorded: from SDK 3 they may be nested, null or bytes too. */
type RecordedAttributes = Readonly<Record<string, unknown>>;

/** A resource, as a finished span carries it. */
export interface Resource {
  readonly attributes: RecordedAttributes;
  readonly schemaUrl?: string;
  readonly asyncAttributesPending?: boolean;
  waitForAsyncAttributes?(): Promise<void>;
}

/** An instrumentation scope. */
export interface InstrumentationScope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
}

/** An event of a span. */
export interface TimedEvent {
  time: HrTime;
  name: string;
  attributes?: RecordedAttributes;
  droppedAttributesCount?: number;
}

/** A link of a finished span. */
export interface RecordedLink {
  context: SpanContext;
  attributes?: RecordedAttributes;
  droppedAttributesCount?: number;
}

/** A finished span, as SDK 2 and 3 hand it to exporters. */
export interface ReadableSpan {
  readonly name: string;
  readonly kind: number;
  readonly spanContext: () => SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly attributes: RecordedAttributes;
  readonly links: RecordedLink[];
  readonly events: TimedEvent[];
  readonly duration: HrTime;
  readonly ended: boolean;
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/** `0` success, `1` failure. */
export interface ExportResult {
  code: number;
  error?: Error;
}

/** A processor that can be given to a TracerProvider or NodeSDK. */
export interface SpanProcessor {
  onStart(span: Span, parentContext: Context): void;
  onEnd(span: ReadableSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** What takes finished spans somewhere, for example `OTLPTraceExporter`. */
export interface SpanExporter {
  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}
