import type { Log } from '../logging/log-once.ts';

/** Options of {@link RepeatedTask}. */
export interface RepeatedTaskOptions {
  /** What is done, for the log: `The sweep of stuck workflows`. */
  name: string;
  /** Milliseconds between the end of one run and the next. */
  intervalMs: number;
  run: () => Promise<unknown>;
  log: Log;
}

/** Runs something again and again, one run at a time. One line when it begins to fail, one when it works again. */
export class RepeatedTask {
  readonly #options: RepeatedTaskOptions;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #pending: Promise<void> = Promise.resolve();
  #failures = 0;

  constructor(options: RepeatedTaskOptions) {
    this.#options = options;
  }

  /** Begins after one interval. Its timer never keeps the process alive. */
  start(): void {
    this.#isRunning = true;
    this.#schedule();
  }

  /** Runs no more; resolves once a run in progress has ended. */
  stop(): Promise<void> {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    return this.#pending;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#isRunning) {
      this.#timer = setTimeout(() => {
        this.#pending = this.#runOnce().then(() => this.#schedule());
      }, this.#options.intervalMs).unref();
    }
  }

  async #runOnce(): Promise<void> {
    const { name, run, log } = this.#options;
    try {
      await run();
      if (this.#failures > 0) {
        log.info(`${name} works again, after ${this.#failures} failures.`);
        this.#failures = 0;
      }
    } catch (error) {
      this.#failures += 1;
      if (this.#failures === 1) {
        const why = error instanceof Error ? error.message : String(error);
        log.warn(`${name} has trouble, and is tried again. ${why}`);
      }
    }
  }
}
