import type { HealthCheckFunction } from '../health/health-check.ts';
import { describeTrouble } from './ingest-condition.ts';
import type { IngestTrouble } from './ingest-condition.ts';

/** What {@link createTelemetryCheck} looks at. */
export interface TelemetryCheckSource {
  /** True when there is no store to write to. */
  isOff(): boolean;
  trouble(): IngestTrouble;
}

/**
 * The check `telemetry` of readiness: degraded while the database does not take telemetry, while some waits on disk, and for
 * five minutes after some was lost. Never down: the application works without telemetry. It looks at numbers in memory only.
 */
export function createTelemetryCheck({ isOff, trouble }: TelemetryCheckSource): HealthCheckFunction {
  return () => {
    const message = isOff() ? 'telemetry is off; the log says why' : describeTrouble(trouble());
    return message === undefined ? true : { status: 'degraded', message };
  };
}
