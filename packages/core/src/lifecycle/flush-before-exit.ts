/** Something that holds telemetry in memory. */
export interface Flushable {
  flush(timeoutMs?: number): Promise<void>;
}

const pending = new Set<Flushable>();
let listening = false;

/** Flushes when the process has nothing left to do, so that a short script loses nothing. Answers how to take it back. */
export function flushBeforeExit(target: Flushable): () => void {
  pending.add(target);
  if (!listening) {
    listening = true;
    process.once('beforeExit', flushAll);
  }
  return () => {
    pending.delete(target);
    if (pending.size === 0 && listening) {
      listening = false;
      process.off('beforeExit', flushAll);
    }
  };
}

function flushAll(): void {
  listening = false;
  for (const each of pending) {
    void each.flush(5_000).catch(() => undefined);
  }
  pending.clear();
}
