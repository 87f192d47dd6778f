import { loadApi } from '../tracing/optional-opentelemetry.ts';
import type { MovedRow, WorkflowStateRow } from './workflow-row.ts';

/**
 * Tells the active span of a move, or of a creation, as an event `workflow.transition`. Nothing happens where no span is active
 * or OpenTelemetry is not installed; never throws.
 */
export function addTransitionEvent(row: WorkflowStateRow & Partial<Pick<MovedRow, 'from_phase'>>): void {
  try {
    const span = loadApi()?.trace.getActiveSpan();
    if (span?.isRecording() !== true) {
      return;
    }
    span.addEvent('workflow.transition', {
      'workflow.id': row.workflow_id,
      'workflow.type': row.workflow_type,
      'workflow.phase': row.current_phase,
      'workflow.status': row.status,
      'workflow.version': row.version,
      ...(typeof row.from_phase === 'string' ? { 'workflow.previous_phase': row.from_phase } : {}),
    });
  } catch {
    // A span of somebody else's tracer; the move has been made all the same.
  }
}
