export { ObservabilityHealthIndicator } from './observability-health-indicator.ts';
