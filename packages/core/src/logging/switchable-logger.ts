import type { ObservabilityLogger } from './logger.ts';

/** A logger that can be silenced for good. */
export interface SwitchableLogger extends ObservabilityLogger {
  info(message: string): void;
  silence(): void;
}

/** Wraps the application's logger. */
export function createSwitchableLogger(logger: ObservabilityLogger): SwitchableLogger {
  let silent = false;
  return {
    info: (message) => {
      if (!silent) {
        (logger.info?.bind(logger) ?? logger.log?.bind(logger))?.(message);
      }
    },
    warn: (message) => {
      if (!silent) {
        logger.warn(message);
      }
    },
    error: (message) => {
      if (!silent) {
        logger.error(message);
      }
    },
    silence: () => {
      silent = true;
    },
  };
}
