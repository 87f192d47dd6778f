import type { HttpServerTelemetry } from '@pg-observability/core';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is put in front of an application. */
export interface RequestTarget {
  telemetry: HttpServerTelemetry;
  /** Answers what is no request of the application: probes and scrapes. False for everything else. */
  answer(request: IncomingMessage, response: ServerResponse, url: string): boolean;
  /** Paths that middleware answers and that are as good as routes; known when the application has started. */
  mountedPaths(): ReadonlySet<string>;
}
