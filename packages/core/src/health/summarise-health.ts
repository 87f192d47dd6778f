import type { HealthCheckDetail, HealthStatus } from './health-status.ts';

/**
 * The whole of several checks: down when one is down, else degraded when one is, else up.
 * @param upMessage what is said when all is well
 * @example `summariseHealth({ database: { status: 'down', durationMs: 3 } }); // { healthy: false, status: 'down', message: 'down: database' }`
 */
export function summariseHealth(
  details: Readonly<Record<string, HealthCheckDetail>>,
  upMessage = 'ready',
): Pick<HealthStatus, 'healthy' | 'status' | 'message'> {
  const named = (status: HealthCheckDetail['status']): string[] =>
    Object.entries(details).flatMap(([name, detail]) => (detail.status === status ? [name] : []));
  const down = named('down');
  if (down.length > 0) {
    return { healthy: false, status: 'down', message: `down: ${down.join(', ')}` };
  }
  const degraded = named('degraded');
  return degraded.length > 0
    ? { healthy: true, status: 'degraded', message: `degraded: ${degraded.join(', ')}` }
    : { healthy: true, status: 'up', message: upMessage };
}
