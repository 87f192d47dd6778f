/** What is under way in a process: requests, messages, jobs. Shutting down waits for it. */
export class OperationsInFlight {
  readonly #idle = new Set<() => void>();
  #count = 0;

  /** How many there are now. */
  get count(): number {
    return this.#count;
  }

  /** Counts one until the answered function is called; calling it twice is harmless. */
  enter(): () => void {
    let isOver = false;
    this.add();
    return () => {
      if (!isOver) {
        isOver = true;
        this.remove();
      }
    };
  }

  /** Counts one until `remove` is called for it, once: for who can promise that, without a function for each. */
  add(): void {
    this.#count += 1;
  }

  /** One is over. */
  remove(): void {
    this.#count -= 1;
    if (this.#count === 0) {
      this.#idle.forEach((onIdle) => onIdle());
    }
  }

  /** Resolves with true when none is left, with false after `timeoutMs`. */
  untilIdle(timeoutMs: number): Promise<boolean> {
    if (this.#count === 0) {
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const settle = (idle: boolean): void => {
        clearTimeout(timer);
        this.#idle.delete(onIdle);
        resolve(idle);
      };
      const onIdle = (): void => settle(true);
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.#idle.add(onIdle);
    });
  }
}
