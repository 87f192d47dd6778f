import type { Server } from 'node:http';
import { constants } from 'node:os';
import { settlesWithin } from './settles-within.ts';
import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';

/** The part of `node:http`'s server that is used. */
export type ClosableServer = Pick<Server, 'close' | 'closeIdleConnections'> &
  Partial<Pick<Server, 'closeAllConnections'>>;

/** Options of `observability.handleSignals()`. */
export interface HandleSignalsOptions {
  /**
   * HTTP server to close, after `shutdown.drainDelayMs`: no new connections, idle ones ended, requests in flight finished; what has
   * not finished within `shutdown.drainTimeoutMs` is cut off.
   */
  server?: ClosableServer | undefined;
  /** Signals to act on. Default `SIGTERM` and `SIGINT`. */
  signals?: readonly NodeJS.Signals[] | undefined;
  /**
   * Awaited when requests, messages and jobs in flight have finished, and before the last flush, for at most
   * `shutdown.flushTimeoutMs`: for what gives the instance its last, `() => meterProvider.shutdown()`. What it throws is ignored.
   */
  afterDrain?: (() => unknown) | undefined;
}

/** The steps of a shutdown. Each may be asked for twice. */
export interface ShutdownSteps {
  /** Refuses readiness; resolves when load balancers have had their time to notice. */
  untilDelayOver(): Promise<void>;
  /** Resolves when nothing is in flight, or the time for that is over. */
  drain(): Promise<void>;
  /** Resolves with true when no request is in flight any more, with false after `timeoutMs`. */
  untilIdle(timeoutMs: number): Promise<boolean>;
  /** Flushes and closes. */
  shutdown(): Promise<void>;
  /** Milliseconds that `afterDrain` may take. */
  readonly flushTimeoutMs: number;
}

// A connection that was cut off is closed a turn of the event loop later, and then its span can be stored.
const CUT_OFF_MS = 200;
// npm and a terminal both hand Ctrl-C to a process.
const REPEATED_MS = 1_000;

/**
 * Shuts down at the first of the signals, then raises it again so that the process ends as it would have. A further signal changes
 * nothing, for each step has its time; a second Ctrl-C (SIGINT) after a second ends the process at once.
 * @throws `INVALID_OPTION`
 */
export function handleSignals(steps: ShutdownSteps, options: HandleSignalsOptions = {}): () => void {
  const { server, signals } = resolveOptions(options);
  let begunAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (begunAt === undefined) {
      begunAt = performance.now();
      void shutDown(steps, server, options.afterDrain).finally(() => raise(signal));
    } else if (signal === 'SIGINT' && performance.now() - begunAt >= REPEATED_MS) {
      raise(signal);
    }
  };
  const remove = (): void => signals.forEach((signal) => process.off(signal, onSignal));
  const raise = (signal: NodeJS.Signals): void => {
    remove();
    process.kill(process.pid, signal);
  };
  signals.forEach((signal) => process.on(signal, onSignal));
  return remove;
}

/** Never rejects. */
async function shutDown(
  steps: ShutdownSteps,
  server: ClosableServer | undefined,
  afterDrain: HandleSignalsOptions['afterDrain'],
): Promise<void> {
  try {
    // The port stays open until then, or probes would be refused, and so would requests that are still sent here.
    await steps.untilDelayOver();
    closeServer(server);
    await steps.drain();
    if (server?.closeAllConnections !== undefined && !(await steps.untilIdle(1))) {
      server.closeAllConnections();
      await steps.untilIdle(CUT_OFF_MS);
    }
    if (afterDrain !== undefined) {
      await settlesWithin(
        Promise.resolve().then(() => afterDrain()),
        steps.flushTimeoutMs,
      );
    }
  } finally {
    await steps.shutdown().catch(() => undefined);
  }
}

function closeServer(server: ClosableServer | undefined): void {
  try {
    server?.close();
    server?.closeIdleConnections();
  } catch {
    // It was never opened, or somebody has closed it.
  }
}

function resolveOptions(options: HandleSignalsOptions): {
  server: ClosableServer | undefined;
  signals: readonly NodeJS.Signals[];
} {
  if (typeof options !== 'object' || options === null) {
    throw invalid('The argument', options, 'an object such as { server }');
  }
  const { server, signals = ['SIGTERM', 'SIGINT'] } = options;
  if (
    server !== undefined &&
    typeof (server as Partial<Server> | null)?.closeIdleConnections !== 'function'
  ) {
    throw invalid('server', server, 'a server of node:http, for example what app.listen() answers');
  }
  const wrong: unknown = Array.isArray(signals) ? signals.find((signal) => !isSignal(signal)) : signals;
  if (wrong !== undefined || signals.includes(undefined as never)) {
    throw invalid('signals', wrong, "a list of signals a process can listen to, for example ['SIGTERM']");
  }
  return { server, signals: [...new Set(signals)] };
}

function isSignal(name: unknown): boolean {
  return (
    typeof name === 'string' &&
    Object.hasOwn(constants.signals, name) &&
    name !== 'SIGKILL' &&
    name !== 'SIGSTOP'
  );
}

function invalid(name: string, got: unknown, expected: string): ObservabilityError {
  return new ObservabilityError(
    'INVALID_OPTION',
    `${name} of handleSignals is ${describeValue(got)}; expected ${expected}.`,
  );
}
