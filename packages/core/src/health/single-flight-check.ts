import type { SqlStore } from '../storage/sql-store.ts';
import { answerToOutcome, failureToOutcome } from './check-outcome.ts';
import type { CheckOutcome } from './check-outcome.ts';
import type { HealthCheckFunction } from './health-check.ts';
import type { HealthCheckDetail } from './health-status.ts';

/** A check with its settings filled in. */
export interface ResolvedHealthCheck {
  check: HealthCheckFunction;
  timeoutMs: number;
  critical: boolean;
}

// A connection that never answers must not keep a service out of traffic for ever after its database has recovered: once a
// minute another attempt may join the ones that hang, up to five of them.
const RETRY_HANGING_AFTER_MS = 60_000;
const MAX_HANGING = 5;

interface Run {
  readonly startedAt: number;
  readonly detail: Promise<HealthCheckDetail>;
  state: 'running' | 'hanging' | 'settled';
}

/**
 * Runs one check so that nothing it does matters to anything else: it may throw, reject, or never answer. Probes that come
 * while it runs share its answer; probes that come while it hangs are told so at once, and start nothing.
 */
export class SingleFlightCheck {
  readonly #settings: ResolvedHealthCheck;
  readonly #store: SqlStore | undefined;
  #latest: Run | undefined;
  #hanging = 0;

  constructor(settings: ResolvedHealthCheck, store: SqlStore | undefined) {
    this.#settings = settings;
    this.#store = store;
  }

  /** Resolves within `timeoutMs`. Never rejects. */
  async run(): Promise<HealthCheckDetail> {
    const latest = this.#latest;
    if (latest?.state === 'running') {
      return latest.detail;
    }
    if (latest?.state === 'hanging') {
      const elapsedMs = performance.now() - latest.startedAt;
      if (elapsedMs < RETRY_HANGING_AFTER_MS || this.#hanging >= MAX_HANGING) {
        const message = `has not answered since an earlier probe, ${Math.round(elapsedMs)} ms ago`;
        return this.#toDetail({ status: 'down', message }, latest.startedAt);
      }
    }
    this.#latest = this.#start();
    return this.#latest.detail;
  }

  #start(): Run {
    const controller = new AbortController();
    const startedAt = performance.now();
    const outcome = this.#settle(controller.signal);
    const detail = new Promise<CheckOutcome>((resolve) => {
      const timer = setTimeout(() => {
        run.state = 'hanging';
        this.#hanging += 1;
        resolve({ status: 'down', message: `timed out after ${this.#settings.timeoutMs} ms` });
        controller.abort(new DOMException('The health check has used up its time.', 'TimeoutError'));
      }, this.#settings.timeoutMs);
      void outcome.then((settled) => {
        clearTimeout(timer);
        this.#hanging -= run.state === 'hanging' ? 1 : 0;
        run.state = 'settled';
        resolve(settled);
      });
    }).then((settled) => this.#toDetail(settled, startedAt));
    const run: Run = { startedAt, detail, state: 'running' };
    return run;
  }

  async #settle(signal: AbortSignal): Promise<CheckOutcome> {
    try {
      return answerToOutcome(await this.#settings.check({ signal, store: this.#store }));
    } catch (failure) {
      return failureToOutcome(failure);
    }
  }

  #toDetail({ status, message }: CheckOutcome, startedAt: number): HealthCheckDetail {
    return {
      status: status === 'down' && !this.#settings.critical ? 'degraded' : status,
      durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
      ...(message === undefined ? {} : { message }),
    };
  }
}
