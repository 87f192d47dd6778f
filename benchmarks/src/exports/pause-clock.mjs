import { openSync, readSync } from 'node:fs';

/**
 * Watches the event loop from one turn to the next and keeps the longest turn. On Linux the time the thread waited for a
 * core, which other processes took, is subtracted: it says nothing about us.
 */
export function createPauseClock() {
  const waited = openWaitClock();
  let isRunning = false;
  let longest = 0;
  return {
    start: () => {
      isRunning = true;
      longest = 0;
      let last = performance.now() - waited();
      const turn = () => {
        const now = performance.now() - waited();
        longest = Math.max(longest, now - last);
        last = now;
        if (isRunning) {
          setImmediate(turn);
        }
      };
      setImmediate(turn);
    },
    /** The longest turn in milliseconds. */
    stop: () => {
      isRunning = false;
      return longest;
    },
    isExact: waited() > 0,
  };
}

/** Milliseconds this thread has waited for a core; 0 where the system does not say. */
function openWaitClock() {
  try {
    const file = openSync('/proc/thread-self/schedstat', 'r');
    const buffer = Buffer.alloc(64);
    return () => {
      const length = readSync(file, buffer, 0, buffer.length, 0);
      return Number(buffer.toString('latin1', 0, length).split(' ')[1]) / 1e6;
    };
  } catch {
    return () => 0;
  }
}
