import { isError } from '../../errors/is-error.ts';
import type {
  Attributes,
  AttributeValue,
  HrTime,
  InstrumentationScope,
  Link,
  ReadableSpan,
  RecordedLink,
  Resource,
  Span,
  SpanContext,
  SpanProcessor,
  SpanStatus,
  TimedEvent,
  TimeInput,
} from '../opentelemetry-types.ts';
import { msToHrTime, timeInputToMs } from './span-clock.ts';
import type { SpanClock } from './span-clock.ts';

/** Limits of a span, by the names of OpenTelemetry's `spanLimits`. */
export interface SpanLimits {
  readonly attributeCountLimit: number;
  readonly attributeValueLengthLimit: number;
  readonly eventCountLimit: number;
  readonly linkCountLimit: number;
  readonly attributePerEventCountLimit: number;
  readonly attributePerLinkCountLimit: number;
}

/** What all spans of a tracer share. */
export interface SpanOwner {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly limits: SpanLimits;
  readonly processor: SpanProcessor;
  readonly clock: SpanClock;
}

/** How a span begins. */
export interface SpanStart {
  readonly name: string;
  readonly kind: number;
  readonly spanContext: SpanContext;
  readonly parentSpanContext: SpanContext | undefined;
  readonly startTime: TimeInput | undefined;
}

const UNSET: SpanStatus = { code: 0 };
const OK_CODE = 1;
const ERROR_CODE = 2;
const NOT_ENDED: HrTime = [0, 0];
const NO_DURATION: HrTime = [-1, -1];

/**
 * A span that is being recorded, and once ended the span that processors and exporters read. What OpenTelemetry's SDK does,
 * without what an application pays for each time: no check of each value twice, no copy, one look at the clock.
 *
 * @source https://opentelemetry.io/docs/specs/otel/trace/api/#span
 */
export class RecordingSpan implements Span, ReadableSpan {
  name: string;
  readonly kind: number;
  // Absent on a root span: readers ask whether it is there.
  declare readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  endTime: HrTime = NOT_ENDED;
  duration: HrTime = NO_DURATION;
  status: SpanStatus = UNSET;
  attributes: Record<string, unknown> = {};
  events: TimedEvent[] = [];
  links: RecordedLink[] = [];
  ended = false;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  readonly #owner: SpanOwner;
  readonly #spanContext: SpanContext;
  readonly #startMs: number;
  #attributeCount = 0;

  constructor(owner: SpanOwner, start: SpanStart) {
    this.#owner = owner;
    this.#spanContext = start.spanContext;
    this.name = start.name;
    this.kind = start.kind;
    if (start.parentSpanContext !== undefined) {
      this.parentSpanContext = start.parentSpanContext;
    }
    this.#startMs =
      start.startTime === undefined ? owner.clock.now() : timeInputToMs(start.startTime, owner.clock);
    this.startTime = msToHrTime(this.#startMs);
  }

  get resource(): Resource {
    return this.#owner.resource;
  }

  get instrumentationScope(): InstrumentationScope {
    return this.#owner.instrumentationScope;
  }

  spanContext(): SpanContext {
    return this.#spanContext;
  }

  isRecording(): boolean {
    return !this.ended;
  }

  setAttribute(key: string, value: AttributeValue | undefined): this {
    if (this.ended || value === undefined || value === null || key === '') {
      return this;
    }
    if (!Object.hasOwn(this.attributes, key)) {
      if (this.#attributeCount >= this.#owner.limits.attributeCountLimit) {
        this.droppedAttributesCount += 1;
        return this;
      }
      this.#attributeCount += 1;
    }
    setOwn(this.attributes, key, cutValue(value, this.#owner.limits.attributeValueLengthLimit));
    return this;
  }

  /** Begins with attributes that nobody else has: a plain object of a few short values. */
  adoptAttributes(attributes: Record<string, unknown>): void {
    const { limits } = this.#owner;
    const keys = Object.keys(attributes);
    if (
      keys.length > limits.attributeCountLimit ||
      limits.attributeValueLengthLimit !== Number.POSITIVE_INFINITY
    ) {
      this.setAttributes(attributes as Attributes);
    } else {
      this.attributes = attributes;
      this.#attributeCount = keys.length;
    }
  }

  setAttributes(attributes: Attributes): this {
    for (const key of keysOf(attributes)) {
      this.setAttribute(key, attributes[key]);
    }
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    const { limits, clock } = this.#owner;
    if (this.ended) {
      return this;
    }
    if (this.events.length >= limits.eventCountLimit) {
      this.droppedEventsCount += 1;
      // The newest tell most about how it ended.
      this.events.shift();
      if (limits.eventCountLimit === 0) {
        return this;
      }
    }
    const isTime = isTimeInput(attributesOrTime);
    const { kept, dropped } = limitAttributes(
      isTime ? undefined : attributesOrTime,
      limits.attributePerEventCountLimit,
      limits.attributeValueLengthLimit,
    );
    this.events.push({
      name,
      attributes: kept,
      time: msToHrTime(timeInputToMs(time ?? (isTime ? attributesOrTime : undefined), clock)),
      droppedAttributesCount: dropped,
    });
    return this;
  }

  addLink(link: Link): this {
    const { limits } = this.#owner;
    if (this.ended) {
      return this;
    }
    if (this.links.length >= limits.linkCountLimit) {
      this.droppedLinksCount += 1;
      this.links.shift();
      if (limits.linkCountLimit === 0) {
        return this;
      }
    }
    const { kept, dropped } = limitAttributes(
      link.attributes,
      limits.attributePerLinkCountLimit,
      limits.attributeValueLengthLimit,
    );
    this.links.push({ context: link.context, attributes: kept, droppedAttributesCount: dropped });
    return this;
  }

  addLinks(links: Link[]): this {
    links.forEach((link) => this.addLink(link));
    return this;
  }

  setStatus({ code, message }: SpanStatus): this {
    // OK is final, and UNSET takes nothing back.
    if (!this.ended && code !== UNSET.code && this.status.code !== OK_CODE) {
      this.status = code === ERROR_CODE && typeof message === 'string' ? { code, message } : { code };
    }
    return this;
  }

  updateName(name: string): this {
    if (!this.ended) {
      this.name = name;
    }
    return this;
  }

  recordException(exception: Error | string, time?: TimeInput): void {
    this.addEvent('exception', exceptionToAttributes(exception), time);
  }

  end(endTime?: TimeInput): void {
    if (this.ended) {
      return;
    }
    const endMs = timeInputToMs(endTime, this.#owner.clock);
    // A clock that was set back must not give an end before the start.
    const durationMs = Math.max(0, endMs - this.#startMs);
    this.endTime = durationMs === 0 ? this.startTime : msToHrTime(endMs);
    this.duration = msToHrTime(durationMs);
    this.ended = true;
    this.#owner.processor.onEnd(this);
  }
}

function exceptionToAttributes(exception: unknown): Attributes {
  if (!isError(exception)) {
    const { code, name, message, stack } = Object(exception) as Partial<Error> & { code?: unknown };
    return typeof exception === 'string'
      ? { 'exception.message': exception }
      : textAttributes({
          'exception.type': code ?? name,
          'exception.message': message,
          'exception.stacktrace': stack,
        });
  }
  const { code } = exception as { code?: unknown };
  return textAttributes({
    'exception.type': code || exception.name,
    'exception.message': exception.message,
    'exception.stacktrace': exception.stack,
  });
}

function textAttributes(values: Record<string, unknown>): Attributes {
  const attributes: Attributes = {};
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== '') {
      attributes[key] = String(value);
    }
  }
  return attributes;
}

function limitAttributes(
  attributes: Attributes | undefined,
  countLimit: number,
  lengthLimit: number,
): { kept: Record<string, unknown>; dropped: number } {
  const kept: Record<string, unknown> = {};
  let count = 0;
  let dropped = 0;
  for (const key of keysOf(attributes)) {
    const value = attributes?.[key];
    if (value === undefined || value === null) {
      continue;
    }
    if (count >= countLimit) {
      dropped += 1;
    } else {
      count += 1;
      setOwn(kept, key, cutValue(value, lengthLimit));
    }
  }
  return { kept, dropped };
}

// A text of ten megabytes has ten million keys.
function keysOf(attributes: unknown): string[] {
  return typeof attributes === 'object' && attributes !== null ? Object.keys(attributes) : [];
}

function cutValue(value: unknown, limit: number): unknown {
  if (limit === Number.POSITIVE_INFINITY) {
    return value;
  }
  if (typeof value === 'string') {
    return value.length > limit ? value.slice(0, limit) : value;
  }
  return Array.isArray(value) ? value.map((item) => cutValue(item, limit)) : value;
}

// An assignment to __proto__ would set no property.
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

function isTimeInput(value: unknown): value is TimeInput {
  return (
    typeof value === 'number' ||
    value instanceof Date ||
    (Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number'))
  );
}
