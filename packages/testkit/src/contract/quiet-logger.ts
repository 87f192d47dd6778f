import type { ObservabilityLogger } from '@pg-observability/core';

/** A logger that keeps its lines, so that a test can count them. */
export interface QuietLogger extends ObservabilityLogger {
  readonly lines: string[];
}

/** Makes a {@link QuietLogger}; each line begins with its level. */
export function createQuietLogger(): QuietLogger {
  const lines: string[] = [];
  return {
    lines,
    info: (message) => lines.push(`info ${message}`),
    warn: (message) => lines.push(`warn ${message}`),
    error: (message) => lines.push(`error ${message}`),
  };
}
