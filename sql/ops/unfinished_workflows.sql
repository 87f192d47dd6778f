-- Workflows that are not finished: those past their deadline first, then the ones that have not moved for longest.
--   psql "$DATABASE_URL" -f sql/ops/unfinished_workflows.sql
select workflow_id, workflow_type, current_phase, status, updated_at, now() - updated_at as idle_for,
  now() - phase_entered_at as in_phase_for, case when deadline_at < now() then now() - deadline_at end as late_by, correlation_id
from observability.workflow_state
where finished_at is null
order by late_by desc nulls last, updated_at
limit 50;
