import { describeValue } from '../arguments/describe-value.ts';
import type { RaiseAlertInput } from '../alerts/alert-input.ts';
import type { AlertSeverity } from '../alerts/alert.ts';
import type { StuckWorkflow } from './stuck-workflow.ts';

/** Type of the alerts about stuck workflows. */
export const STUCK_ALERT_TYPE = 'workflow_stuck';

/** What their fingerprints begin with; the ID of the workflow and the phase follow. */
export const STUCK_FINGERPRINT_PREFIX = 'workflow_stuck:';

/** One alert per workflow and phase: a workflow that gets stuck again further on is another matter. */
export function stuckFingerprint({ workflowId, phase }: Pick<StuckWorkflow, 'workflowId' | 'phase'>): string {
  return `${STUCK_FINGERPRINT_PREFIX}${workflowId}:${phase}`;
}

/** The alert about a stuck workflow. */
export function stuckToAlert(stuck: StuckWorkflow, severity: AlertSeverity): RaiseAlertInput {
  const { workflowId, workflowType, phase, rule, reason } = stuck;
  return {
    alertType: STUCK_ALERT_TYPE,
    severity,
    title: `Workflow ${describeValue(workflowType)} is stuck in ${describeValue(phase)}`,
    message: `${reason}. It is the workflow ${workflowId}.`,
    fingerprint: stuckFingerprint(stuck),
    labels: { 'workflow.type': workflowType, 'workflow.phase': phase },
    metadata: {
      workflowId,
      workflowType,
      phase,
      rule,
      correlationId: stuck.correlationId,
      traceId: stuck.traceId,
      phaseEnteredAt: stuck.phaseEnteredAt,
      deadlineAt: stuck.deadlineAt,
    },
  };
}
