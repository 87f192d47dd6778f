import type { HealthCheckDetail, HealthState, HealthStatus } from './health-status.ts';

/** Options of {@link healthStatusToHttp}. */
export interface HealthToHttpOptions {
  /**
   * Whether the answer says what was checked and what is wrong with it. Default `never`: probes are often reachable by
   * anybody, and kubelet reads only the status code.
   */
  showDetails?: 'never' | 'always' | undefined;
}

/** An answer to a probe. */
export interface HealthHttpResponse {
  /** 200 for `up` and `degraded`, 503 for `down`. */
  statusCode: 200 | 503;
  /** To be sent as JSON. */
  body: { status: HealthState; message?: string; checks?: Record<string, HealthCheckDetail> };
}

/**
 * The HTTP answer for a probe.
 * @example
 * ```ts
 * const { statusCode, body } = healthStatusToHttp(await health.readiness());
 * response.status(statusCode).set('cache-control', 'no-store').json(body);
 * ```
 */
export function healthStatusToHttp(
  status: HealthStatus,
  options: HealthToHttpOptions = {},
): HealthHttpResponse {
  const statusCode = status.status === 'down' ? 503 : 200;
  return options.showDetails === 'always'
    ? { statusCode, body: { status: status.status, message: status.message, checks: { ...status.details } } }
    : { statusCode, body: { status: status.status } };
}
