import { createProbeHandler } from '@pg-observability/core';
import type { HealthChecker, ProbeDetailsOptions, ProbeHandlerOptions } from '@pg-observability/core';
import type { Request, RequestHandler } from 'express';

/** Options of `probes()`. Paths are below where the handler is mounted. */
export interface ProbeOptions extends Pick<ProbeHandlerOptions, 'paths'>, ProbeDetailsOptions<Request> {}

/** Core's probe handler as Express takes it: Express gives `url` relative to the mount. */
export function createProbes(health: HealthChecker, options: ProbeOptions = {}): RequestHandler {
  return createProbeHandler(health, options as ProbeHandlerOptions);
}
