-- Workflows that are not finished, the ones that have not moved for longest first.
--   psql "$DATABASE_URL" -f sql/ops/unfinished_workflows.sql
select workflow_id, workflow_type, current_phase, status, updated_at, now() - updated_at as idle_for, correlation_id
from observability.workflow_state
where finished_at is null
order by updated_at
limit 50;
