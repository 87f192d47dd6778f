import { ShutdownSignal } from '@nestjs/common';

/** Watches for the signals that `enableShutdownHooks` listens to. */
export interface SignalWatch {
  /** Whether an application of this process has shutdown hooks enabled. */
  readonly isEnabled: boolean;
  stop(): void;
}

type SignalListener = (...args: unknown[]) => void;

const SIGNALS: ReadonlySet<string | symbol> = new Set(Object.values(ShutdownSignal));
const watches = new Set<(signal: NodeJS.Signals) => void>();

/**
 * Calls `onSignal` once, at the first shutdown signal, before any hook of Nest runs: Nest tells modules of a shutdown one
 * after the other, and global ones last.
 *
 * A listener of ours alone would keep the process alive, because Node ends a process at a signal only where nobody listens.
 * So there is one only for signals that Nest listens to, whenever `enableShutdownHooks` is called.
 */
export function watchShutdownSignals(onSignal: () => void): SignalWatch {
  const listening = new Set<NodeJS.Signals>();
  const stop = (): void => {
    listening.forEach((signal) => process.off(signal, flip));
    forget(listen);
  };
  const flip = (): void => {
    // Nest raises the signal again when its hooks are done; with a listener left the process would go on.
    stop();
    onSignal();
  };
  const listen = (signal: NodeJS.Signals): void => {
    if (!listening.has(signal)) {
      listening.add(signal);
      process.on(signal, flip);
    }
  };
  for (const signal of SIGNALS as ReadonlySet<NodeJS.Signals>) {
    if (process.listeners(signal).some(isListenerOfNest)) {
      listen(signal);
    }
  }
  remember(listen);
  return {
    get isEnabled() {
      return listening.size > 0;
    },
    stop,
  };
}

// One listener a process, however many applications its tests make.
function remember(listen: (signal: NodeJS.Signals) => void): void {
  if (watches.size === 0) {
    process.on('newListener', noticeNewListener);
  }
  watches.add(listen);
}

function forget(listen: (signal: NodeJS.Signals) => void): void {
  watches.delete(listen);
  if (watches.size === 0) {
    process.off('newListener', noticeNewListener);
  }
}

function noticeNewListener(event: string | symbol, listener: SignalListener): void {
  if (SIGNALS.has(event) && isListenerOfNest(listener)) {
    watches.forEach((listen) => listen(event as NodeJS.Signals));
  }
}

/**
 * Nest offers no way to ask whether its hooks are enabled, but its listener has had the same name since they exist. Where a
 * bundler has renamed it, readiness flips when Nest calls our first hook.
 */
function isListenerOfNest(listener: unknown): boolean {
  return (
    typeof listener === 'function' &&
    (listener.name === 'cleanup' || /\breceivedSignal\b/u.test(String(listener)))
  );
}
