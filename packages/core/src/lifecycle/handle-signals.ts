import type { Server } from 'node:http';

/** Options of `observability.handleSignals()`. */
export interface HandleSignalsOptions {
  /** HTTP server to close: no new connections, idle ones ended, requests in flight finished. */
  server?: Pick<Server, 'close' | 'closeIdleConnections'> | undefined;
  /** Signals to act on. Default `SIGTERM` and `SIGINT`. */
  signals?: readonly NodeJS.Signals[] | undefined;
  /**
   * Awaited when requests, messages and jobs in flight have finished, and before the last flush, for at most
   * `shutdown.flushTimeoutMs`: for what gives the instance its last, `() => meterProvider.shutdown()`. What it throws is ignored.
   */
  afterDrain?: (() => unknown) | undefined;
}

/** Runs `shutdown` at the first of the signals, then raises the signal again so that the process ends as it would have. */
export function handleSignals(shutdown: () => Promise<void>, options: HandleSignalsOptions = {}): () => void {
  const signals = options.signals ?? ['SIGTERM', 'SIGINT'];
  const onSignal = (signal: NodeJS.Signals): void => {
    remove();
    options.server?.close();
    options.server?.closeIdleConnections();
    void shutdown()
      .catch(() => undefined)
      .finally(() => process.kill(process.pid, signal));
  };
  const remove = (): void => signals.forEach((signal) => process.off(signal, onSignal));
  signals.forEach((signal) => process.on(signal, onSignal));
  return remove;
}
