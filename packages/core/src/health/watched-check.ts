import type { SqlStore } from '../storage/sql-store.ts';
import { untraced } from '../tracing/untraced.ts';
import type { HealthCheckDetail } from './health-status.ts';
import { SingleFlightCheck } from './single-flight-check.ts';
import type { ResolvedHealthCheck } from './single-flight-check.ts';

/** A named check with its settings filled in. */
export interface WatchedCheckSettings extends ResolvedHealthCheck {
  cacheMs: number;
  background: boolean;
}

/** What a {@link WatchedCheck} needs of its surroundings. */
export interface WatchedCheckParts {
  readonly store: SqlStore | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Told of each new answer, and not of one that is used again. */
  readonly onAnswer: (detail: HealthCheckDetail) => void;
}

interface Answer {
  readonly detail: HealthCheckDetail;
  readonly atMs: number;
}

/** A check whose answer is kept for a while, and which may run by itself. */
export class WatchedCheck {
  readonly #settings: WatchedCheckSettings;
  readonly #parts: WatchedCheckParts;
  readonly #flight: SingleFlightCheck;
  #latest: Answer | undefined;
  #running: Promise<HealthCheckDetail> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStarted = false;
  #isStopped = false;

  constructor(settings: WatchedCheckSettings, parts: WatchedCheckParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#flight = new SingleFlightCheck(settings, parts.store);
  }

  /**
   * For a probe: in the background at once, else within `timeoutMs`. Never rejects.
   * @param isPendingUp whether a check in the background that has not answered yet counts as up
   */
  async look(isPendingUp = false): Promise<HealthCheckDetail> {
    const { background, cacheMs } = this.#settings;
    const latest = this.#latest;
    if (background) {
      this.start();
      return latest === undefined ? this.#pending(isPendingUp) : this.#kept(latest);
    }
    const isFresh = latest !== undefined && this.#parts.now() - latest.atMs < cacheMs;
    return isFresh ? this.#kept(latest) : this.#run();
  }

  /** Begins to run by itself where it is to; safe to call twice. Its timer does not keep the process alive. */
  start(): void {
    if (this.#settings.background && !this.#isStarted && !this.#isStopped) {
      this.#isStarted = true;
      this.#runLater(0);
    }
  }

  /** It does not run by itself any more; its last answer stays. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #run(): Promise<HealthCheckDetail> {
    this.#running ??= this.#flight.run().then((detail) => {
      this.#running = undefined;
      this.#latest = { detail, atMs: this.#parts.now() };
      this.#parts.onAnswer(detail);
      return detail;
    });
    return this.#running;
  }

  #kept({ detail, atMs }: Answer): HealthCheckDetail {
    return { ...detail, ageMs: Math.round(this.#parts.now() - atMs) };
  }

  #pending(isUp: boolean): HealthCheckDetail {
    const failed = this.#settings.critical ? 'down' : 'degraded';
    return { status: isUp ? 'up' : failed, durationMs: 0, message: 'has not answered yet' };
  }

  #runLater(delayMs: number): void {
    // Outside of the request whose probe was the first: what the check does belongs to nobody's trace.
    this.#timer = untraced(() =>
      setTimeout(() => {
        void this.#run().then(() => {
          if (!this.#isStopped) {
            this.#runLater(this.#settings.cacheMs);
          }
        });
      }, delayMs).unref(),
    );
  }
}
