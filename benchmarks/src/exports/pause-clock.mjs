import { openSync, readSync } from 'node:fs';

/**
 * Watches the event loop from one turn to the next and keeps the longest turn: by the CPU of its thread where the system
 * tells it (Linux), so that the time in which other processes had the core does not count, and by the clock.
 */
export function createPauseClock() {
  const threadTime = openThreadClock();
  let isRunning = false;
  let longest = 0;
  let longestByClock = 0;
  return {
    start: () => {
      isRunning = true;
      longest = 0;
      longestByClock = 0;
      let lastTime = threadTime();
      let lastClock = performance.now();
      const turn = () => {
        const time = threadTime();
        const clock = performance.now();
        longest = Math.max(longest, time - lastTime);
        longestByClock = Math.max(longestByClock, clock - lastClock);
        lastTime = time;
        lastClock = clock;
        if (isRunning) {
          setImmediate(turn);
        }
      };
      setImmediate(turn);
    },
    /** The longest turns in milliseconds. */
    stop: () => {
      isRunning = false;
      return { longest, longestByClock };
    },
  };
}

/** Milliseconds of CPU of this thread; elsewhere than on Linux, of the clock. */
function openThreadClock() {
  try {
    const file = openSync('/proc/thread-self/schedstat', 'r');
    const buffer = Buffer.alloc(64);
    return () => {
      // The file is up to date only after the process has asked for its CPU time.
      process.cpuUsage();
      const length = readSync(file, buffer, 0, buffer.length, 0);
      return Number(buffer.toString('latin1', 0, length).split(' ')[0]) / 1e6;
    };
  } catch {
    return () => performance.now();
  }
}
