import { createProbeHandler } from '@pg-observability/core';
import type { HealthChecker, ProbeHandlerOptions } from '@pg-observability/core';
import type { Request, RequestHandler } from 'express';

/** Options of `probes()`. Paths are below where the handler is mounted. */
export interface ProbeOptions extends Omit<ProbeHandlerOptions, 'showDetails'> {
  /**
   * Whether the answer tells each check with its message and duration. Default false, because probes are often reachable from
   * outside; a function decides per request, for example by a header.
   */
  showDetails?: boolean | ((request: Request) => boolean) | undefined;
}

/** Core's probe handler as Express takes it: Express gives `url` relative to the mount. */
export function createProbes(health: HealthChecker, options: ProbeOptions = {}): RequestHandler {
  return createProbeHandler(health, options as ProbeHandlerOptions);
}
