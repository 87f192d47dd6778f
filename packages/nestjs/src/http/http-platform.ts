import type { HttpServerTelemetry } from '@pg-observability/core';
import type { ProbeResponder } from './probe-responder.ts';

/** What is put in front of an application. */
export interface RequestTarget {
  telemetry: HttpServerTelemetry;
  probes: ProbeResponder;
  /** Paths that middleware answers and that are as good as routes; known when the application has started. */
  mountedPaths(): ReadonlySet<string>;
}
