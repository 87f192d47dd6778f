import type { LoggerService } from '@nestjs/common';

/** A logger of Nest that keeps what it is told, as `LEVEL [context] message`. */
export function collectLines(lines: string[]): LoggerService {
  const collect =
    (level: string) =>
    (message: unknown, ...rest: unknown[]): void => {
      lines.push(`${level} [${String(rest.at(-1))}] ${String(message)}`);
    };
  return { log: collect('log'), warn: collect('warn'), error: collect('error'), debug: collect('debug') };
}
