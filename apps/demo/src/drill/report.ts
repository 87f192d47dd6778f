/** Prints what happens and what held. */
export interface Report {
  /** A line with the seconds since the scene began. */
  note(text: string): void;
  /** What must hold, and whether it did. */
  check(text: string, isMet: boolean, found?: string): void;
}

/** Counts the checks of a whole drill. */
export class DrillReport implements Report {
  passed = 0;
  failed = 0;
  readonly #print: (line: string) => void;
  #beganAt = performance.now();

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  begin(title: string): void {
    this.#beganAt = performance.now();
    this.#print(`\n${title}\n${'─'.repeat(title.length)}`);
  }

  note(text: string): void {
    const seconds = ((performance.now() - this.#beganAt) / 1_000).toFixed(1);
    this.#print(`${seconds.padStart(6)} s  ${text}`);
  }

  check(text: string, isMet: boolean, found = ''): void {
    this.passed += isMet ? 1 : 0;
    this.failed += isMet ? 0 : 1;
    this.#print(`       ${isMet ? '✓' : '✗'}  ${text}${found === '' ? '' : `: ${found}`}`);
  }
}
