/** An exception as a span has recorded it, before anything has been made of it. */
export interface RecordedException {
  /** Attributes of the event. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for a root span. */
  readonly parentSpanId: string | undefined;
  /** The attribute `service.name` of the resource, where it is known. */
  readonly serviceName: unknown;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** Takes an exception at the moment it is recorded. Must not throw, and must not take long. */
export type OnException = (exception: RecordedException) => void;
