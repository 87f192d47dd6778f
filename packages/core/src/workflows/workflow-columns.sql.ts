// Timestamps and numbers are cast so that every driver answers the same type.

/** A workflow as it is answered, out of a relation `s`. */
export const stateColumns: string = `
    s.workflow_id::text, s.correlation_id::text, s.workflow_type, s.current_phase, s.status, s.version::int,
    (extract(epoch from s.created_at) * 1000)::float8 as created_at_ms,
    (extract(epoch from s.updated_at) * 1000)::float8 as updated_at_ms,
    (extract(epoch from s.phase_entered_at) * 1000)::float8 as phase_entered_at_ms,
    (extract(epoch from s.deadline_at) * 1000)::float8 as deadline_at_ms,
    (extract(epoch from s.finished_at) * 1000)::float8 as finished_at_ms,
    s.metadata, s.trace_id::text, s.parent_workflow_id::text`;

/** The same columns as they are stored, to be handed on within a statement. */
export const rawStateColumns: string = `
      s.workflow_id, s.correlation_id, s.workflow_type, s.current_phase, s.status, s.version, s.created_at, s.updated_at,
      s.phase_entered_at, s.deadline_at, s.finished_at, s.metadata, s.trace_id, s.parent_workflow_id`;
