/** Stores the rows of one batch, given as one JSON array. */
export const insertSpans = `
insert into observability.spans (
  start_time, end_time, duration_ns, resource_id, scope_id, dropped_attributes_count, dropped_events_count,
  dropped_links_count, parent_is_remote, trace_id, span_id, parent_span_id, kind, status, operation_name, service_name,
  status_message, correlation_id, trace_state, attributes, events, links)
select
  timestamptz 'epoch' + r.start_us * interval '1 microsecond', timestamptz 'epoch' + r.end_us * interval '1 microsecond',
  r.duration_ns, r.resource_id, r.scope_id, r.dropped_attributes_count, r.dropped_events_count, r.dropped_links_count,
  r.parent_is_remote, r.trace_id, r.span_id, r.parent_span_id, r.kind, r.status, r.operation_name, r.service_name,
  r.status_message, r.correlation_id, r.trace_state, r.attributes, r.events, r.links
from jsonb_to_recordset($1::jsonb) as r(
  start_us bigint, end_us bigint, duration_ns bigint, resource_id bigint, scope_id bigint, dropped_attributes_count integer,
  dropped_events_count integer, dropped_links_count integer, parent_is_remote boolean, trace_id text, span_id text,
  parent_span_id text, kind text, status text, operation_name text, service_name text, status_message text,
  correlation_id text, trace_state text, attributes jsonb, events jsonb, links jsonb)`;

/** Stores resources that are not there yet, in the order of their IDs so that two writers cannot wait for each other. */
export const insertResources = `
insert into observability.resources (resource_id, service_name, schema_url, attributes)
select r.resource_id, r.service_name, r.schema_url, r.attributes
from jsonb_to_recordset($1::jsonb) as r(resource_id bigint, service_name text, schema_url text, attributes jsonb)
order by r.resource_id
on conflict do nothing`;

/** Stores scopes that are not there yet, in the order of their IDs. */
export const insertScopes = `
insert into observability.scopes (scope_id, name, version, schema_url)
select r.scope_id, r.name, r.version, r.schema_url
from jsonb_to_recordset($1::jsonb) as r(scope_id bigint, name text, version text, schema_url text)
order by r.scope_id
on conflict do nothing`;
