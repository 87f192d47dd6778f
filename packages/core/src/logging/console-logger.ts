import type { ObservabilityLogger } from './logger.ts';

// oxlint-disable no-console -- the console is where an application without a logger reads its lines
/** The default logger. */
export const consoleLogger: ObservabilityLogger = {
  info: (message) => console.info(message),
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};
