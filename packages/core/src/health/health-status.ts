/** `up`: works. `degraded`: works, with something optional missing. `down`: does not work. */
export type HealthState = 'up' | 'degraded' | 'down';

/** What one check found. */
export interface HealthCheckDetail {
  /** A failing check that is not critical is `degraded`. */
  status: HealthState;
  /** Milliseconds it took, or has taken so far. */
  durationMs: number;
  /** What is wrong, credentials masked, at most 300 characters; absent when nothing is. */
  message?: string;
  /** Milliseconds since it was looked at, where the answer was kept (`cacheMs`). */
  ageMs?: number;
  /** True while it changes again and again; see the option `flapping`. */
  flapping?: true;
}

/** What a probe answers. */
export interface HealthStatus {
  /** True for `up` and `degraded`. */
  healthy: boolean;
  status: HealthState;
  /** One line for people. */
  message: string;
  /** When it was looked at. */
  checkedAt: Date;
  /** Per check, where there were any. */
  details?: Record<string, HealthCheckDetail>;
}
