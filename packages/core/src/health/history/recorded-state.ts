import type { HealthState } from '../health-status.ts';

/** Where a service is in its life, as Kubernetes and Spring have it. */
export type LifecycleState = 'starting' | 'ready' | 'draining';

/** What the history says of a check; of the readiness also that the process is starting, or draining, which is no outage. */
export type RecordedHealthState = HealthState | 'starting' | 'draining';
