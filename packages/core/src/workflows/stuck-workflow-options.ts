import { describeValue } from '../arguments/describe-value.ts';
import { assertOptions } from '../arguments/recording-options.ts';
import type { AlertSeverity } from '../alerts/alert.ts';
import { ALERT_SEVERITIES } from '../alerts/alert.ts';
import { ObservabilityError } from '../errors/observability-error.ts';

/** How stuck workflows are looked for and told. */
export interface StuckWorkflowOptions {
  /** Severity of the alerts. Default `warning`: a workflow that is slow is not always one that failed. */
  severity?: AlertSeverity | undefined;
  /** Milliseconds between two looks, at least 1,000. Default 60,000. */
  intervalMs?: number | undefined;
}

/** {@link StuckWorkflowOptions} with the defaults filled in. */
export interface ResolvedStuckWorkflowOptions {
  readonly severity: AlertSeverity;
  readonly intervalMs: number;
}

// The largest delay a timer takes; a larger one would fire at once.
const MAX_INTERVAL_MS = 2_147_483_647;

/** @throws `INVALID_OPTION` */
export function resolveStuckWorkflowOptions(options: StuckWorkflowOptions): ResolvedStuckWorkflowOptions {
  assertOptions(options, 'stuckWorkflows');
  const { severity = 'warning', intervalMs = 60_000 } = options;
  if (!ALERT_SEVERITIES.includes(severity)) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `stuckWorkflows.severity is ${describeValue(severity)}; expected one of ${ALERT_SEVERITIES.map((each) => `'${each}'`).join(', ')}.`,
    );
  }
  if (
    typeof intervalMs !== 'number' ||
    !Number.isInteger(intervalMs) ||
    intervalMs < 1_000 ||
    intervalMs > MAX_INTERVAL_MS
  ) {
    throw new ObservabilityError(
      'INVALID_OPTION',
      `stuckWorkflows.intervalMs is ${describeValue(intervalMs)}; expected whole milliseconds from 1000 to ${MAX_INTERVAL_MS}. The default is 60000.`,
    );
  }
  return { severity, intervalMs };
}
