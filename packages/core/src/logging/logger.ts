/**
 * Where the few lines of this library go: one when trouble starts, one when it ends. NestJS' `Logger`, pino and winston fit
 * as they are.
 */
export interface ObservabilityLogger {
  info?(message: string): void;
  log?(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
