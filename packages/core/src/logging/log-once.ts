import { redactText } from '../sanitize/redact.ts';
import { consoleLogger } from './console-logger.ts';
import type { ObservabilityLogger } from './logger.ts';

/** The library's own view of a logger: masks credentials, never throws, and can say a thing once. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** Warns the first time `key` is seen, so that a fault in a hot path is one line. */
  warnOnce(key: string, message: string): void;
}

// Keys come partly from the outside (metric names); past this many, further ones are dropped.
const MAX_REMEMBERED_KEYS = 1_000;

/** Wraps the application's logger, by default the console. */
export function createLog(logger: ObservabilityLogger = consoleLogger): Log {
  const seen = new Set<string>();
  const write = (level: 'info' | 'warn' | 'error', message: string): void => {
    try {
      const text = `[pg-observability] ${redactText(message)}`;
      if (level === 'info') {
        (logger.info?.bind(logger) ?? logger.log?.bind(logger))?.(text);
      } else {
        logger[level](text);
      }
    } catch {
      // A logger that throws is the application's; telemetry must not fail it.
    }
  };
  return {
    info: (message) => write('info', message),
    warn: (message) => write('warn', message),
    error: (message) => write('error', message),
    warnOnce: (key, message) => {
      if (!seen.has(key) && seen.size < MAX_REMEMBERED_KEYS) {
        seen.add(key);
        write('warn', message);
      }
    },
  };
}
