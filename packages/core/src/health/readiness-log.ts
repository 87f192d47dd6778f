import type { Log } from '../logging/log-once.ts';
import { toShownText } from './check-outcome.ts';
import type { HealthStatus } from './health-status.ts';
import type { TrackRules, TrackStep } from './history/health-track.ts';

/** Tells in the log when readiness changes: a probe comes every few seconds, and a line each would flood it. */
export class ReadinessLog {
  readonly #log: Log;
  readonly #flapping: TrackRules['flapping'];
  #wasHealthy = true;

  constructor(log: Log, flapping: TrackRules['flapping']) {
    this.#log = log;
    this.#flapping = flapping;
  }

  /** @param step what the probe has brought */
  note(status: HealthStatus, step: TrackStep): void {
    const isChanged = status.healthy !== this.#wasHealthy;
    this.#wasHealthy = status.healthy;
    if (step.flapping === 'began') {
      const { changes, withinMs } = this.#flapping;
      this.#log.warn(
        `Readiness flaps: ${changes} changes within ${Math.round(withinMs / 1_000)} s, now ${describeStatus(status)}. Further ones are counted and not logged until it is steady.`,
      );
    } else if (step.flapping === 'ended') {
      const line = `Readiness is steady after ${step.track.changes} changes: ${describeStatus(status)}.`;
      this.#log[status.healthy ? 'info' : 'warn'](line);
    } else if (isChanged && !step.track.isFlapping) {
      this.#tell(status);
    }
  }

  #tell(status: HealthStatus): void {
    if (status.healthy) {
      this.#log.info(`Ready again${status.status === 'up' ? '' : ` (${status.message})`}.`);
    } else {
      this.#log.warn(`Not ready: ${describeDown(status)}.`);
    }
  }
}

/** What is down and why, in one line of at most 300 characters. */
export function describeDown({ message, details = {} }: HealthStatus): string {
  const reasons = Object.entries(details).flatMap(([name, detail]) =>
    detail.status === 'down' ? [`${name} ${detail.message ?? 'is down'}`] : [],
  );
  return reasons.length > 0 ? toShownText(reasons.join('; ')) : message;
}

function describeStatus(status: HealthStatus): string {
  return status.healthy ? status.status : `down: ${describeDown(status)}`;
}
