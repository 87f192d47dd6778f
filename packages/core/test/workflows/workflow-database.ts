import { ensureObservabilityTables } from '@pg-observability/core';
import type { SqlStore } from '@pg-observability/core';
import { openDatabase } from '../housekeeping/housekeeping-database.ts';

export { openDatabase };

/** A stay of a workflow that was made by hand: when it came into the phase, in minutes ago. */
export interface MadeStep {
  phase: string;
  minutesAgo: number;
  status?: string;
}

/** What is made of a workflow besides its steps. */
export interface MadeWorkflow {
  type: string;
  steps: readonly MadeStep[];
  deadlineMinutesAgo?: number;
  unusualMinutesAgo?: number;
  /** How many of them. */
  count?: number;
}

/**
 * Stores workflows that came through phases at times in the past, as the tracker would have stored them then.
 * @returns their IDs
 */
export async function makeWorkflows(store: SqlStore, made: MadeWorkflow): Promise<string[]> {
  await ensureObservabilityTables(store);
  const { rows } = await store.query<{ id: string }>(MAKE, [
    made.type,
    JSON.stringify(
      made.steps.map(({ phase, minutesAgo, status = 'running' }, index) => ({
        version: index + 1,
        phase,
        status,
        minutes_ago: minutesAgo,
      })),
    ),
    made.count ?? 1,
    made.deadlineMinutesAgo ?? null,
    made.unusualMinutesAgo ?? null,
  ]);
  return rows.map(({ id }) => id);
}

const MAKE = `
  with steps as (
    select s.*, now() - make_interval(secs => s.minutes_ago * 60) as at,
      lag(s.phase) over w as from_phase, lag(s.status) over w as from_status,
      lag(s.minutes_ago) over w as before
    from jsonb_to_recordset($2::jsonb) as s (version int, phase text, status text, minutes_ago float8)
    window w as (order by s.version)
  ), ids as (
    select gen_random_uuid() as id from generate_series(1, $3::int)
  ), made as (
    insert into observability.workflow_state
      (workflow_id, workflow_type, current_phase, status, created_at, updated_at, version, phase_entered_at, deadline_at,
       unusual_at, finished_at)
    select i.id, $1::text, l.phase, l.status, f.at, l.at, l.version, l.at,
      now() - make_interval(secs => $4::float8 * 60), now() - make_interval(secs => $5::float8 * 60),
      case when l.status in ('completed', 'failed', 'cancelled') then l.at end
    from ids i, (select * from steps order by version desc limit 1) l, (select * from steps order by version limit 1) f
  ), noted as (
    insert into observability.workflow_transitions
      (workflow_id, version, from_phase, to_phase, from_status, to_status, occurred_at, stay_ms)
    select i.id, s.version, s.from_phase, s.phase, s.from_status, s.status, s.at, (s.before - s.minutes_ago) * 60000
    from ids i, steps s
  )
  select id::text from ids`;
