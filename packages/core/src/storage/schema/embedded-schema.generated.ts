// Made by scripts/embed-schema.mjs from sql/. Do not edit.
import type { SchemaMigration } from './schema-migration.ts';

/** The text of sql/ddl/create_observability_schema.sql. */
export const SCHEMA_DDL: string = `-- The one source of the schema. @pg-observability/core embeds this file at build; it can also be run by hand:
--   psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -1 -f sql/ddl/create_observability_schema.sql
-- Running it twice changes nothing. Partitions of spans (by UTC day) and metrics (by UTC month) are made by the
-- writers; there is no default partition.

CREATE SCHEMA IF NOT EXISTS observability;
comment on schema observability is 'Traces, metrics, health, workflow state and alerts of the applications that use this database.';

create table if not exists observability.schema_version (
  singleton boolean primary key default true check (singleton),
  version integer not null,
  min_compatible integer not null,
  installed_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table observability.schema_version is 'One row: which version of this schema is installed.';
comment on column observability.schema_version.singleton is 'Always true, so that there is one row at most.';
comment on column observability.schema_version.version is 'Version of the schema that is installed.';
comment on column observability.schema_version.min_compatible is 'Oldest library schema version that can still read and write this schema.';
comment on column observability.schema_version.installed_at is 'When the schema was first installed.';
comment on column observability.schema_version.updated_at is 'When the version last changed.';

create table if not exists observability.resources (
  resource_id bigint primary key,
  first_seen_at timestamptz not null default now(),
  service_name text not null,
  schema_url text,
  attributes jsonb not null default '{}'
);
comment on table observability.resources is 'OpenTelemetry resources (service, version, instance, host), each stored once.';
comment on column observability.resources.resource_id is '63-bit hash of the attributes and the schema URL.';
comment on column observability.resources.first_seen_at is 'When this resource was first written.';
comment on column observability.resources.service_name is 'The attribute service.name.';
comment on column observability.resources.schema_url is 'Schema URL of the resource, where there is one.';
comment on column observability.resources.attributes is 'All resource attributes.';

create table if not exists observability.scopes (
  scope_id bigint primary key,
  resource_id bigint not null,
  first_seen_at timestamptz not null default now(),
  name text not null,
  version text,
  schema_url text,
  attributes jsonb not null default '{}'
);
comment on table observability.scopes is 'OpenTelemetry instrumentation scopes of each resource, each stored once.';
comment on column observability.scopes.scope_id is '63-bit hash of the other columns.';
comment on column observability.scopes.resource_id is 'Row of observability.resources: the process the scope was used in.';
comment on column observability.scopes.first_seen_at is 'When this scope was first written.';
comment on column observability.scopes.name is 'Name given to getTracer or getMeter.';
comment on column observability.scopes.version is 'Version given to getTracer or getMeter.';
comment on column observability.scopes.schema_url is 'Schema URL of the scope, where there is one.';
comment on column observability.scopes.attributes is 'Scope attributes, where there are any.';

create table if not exists observability.spans (
  start_time timestamptz not null,
  end_time timestamptz not null,
  duration_ns bigint not null,
  scope_id bigint,
  dropped_attributes_count integer,
  dropped_events_count integer,
  dropped_links_count integer,
  parent_is_remote boolean,
  trace_id varchar(32) not null,
  span_id varchar(16) not null,
  parent_span_id varchar(16),
  kind text not null default 'INTERNAL',
  status text not null default 'UNSET',
  operation_name text not null,
  service_name text not null,
  status_message text,
  correlation_id varchar(64),
  trace_state text,
  attributes jsonb not null default '{}',
  events jsonb,
  links jsonb
) partition by range (start_time);
comment on table observability.spans is 'OpenTelemetry spans, one partition per UTC day of start_time.';
comment on column observability.spans.start_time is 'When the operation began, cut to microseconds.';
comment on column observability.spans.end_time is 'When the operation ended, cut to microseconds.';
comment on column observability.spans.duration_ns is 'Duration in nanoseconds, computed before the times were cut.';
comment on column observability.spans.scope_id is 'Row of observability.scopes: the instrumentation and, through it, the process.';
comment on column observability.spans.dropped_attributes_count is 'Attributes dropped by limits; null means none.';
comment on column observability.spans.dropped_events_count is 'Events dropped by limits; null means none.';
comment on column observability.spans.dropped_links_count is 'Links dropped by limits; null means none.';
comment on column observability.spans.parent_is_remote is 'True when the parent span is in another process.';
comment on column observability.spans.trace_id is 'W3C trace ID: 32 lower-case hex digits.';
comment on column observability.spans.span_id is 'W3C span ID: 16 lower-case hex digits.';
comment on column observability.spans.parent_span_id is 'Span ID of the parent; null for a root span.';
comment on column observability.spans.kind is 'INTERNAL, SERVER, CLIENT, PRODUCER or CONSUMER.';
comment on column observability.spans.status is 'UNSET, OK or ERROR.';
comment on column observability.spans.operation_name is 'Span name, for example GET /orders/:id.';
comment on column observability.spans.service_name is 'The attribute service.name of the resource.';
comment on column observability.spans.status_message is 'Message that came with an ERROR status.';
comment on column observability.spans.correlation_id is 'Correlation ID where it differs from the trace ID; else null.';
comment on column observability.spans.trace_state is 'W3C tracestate, where there is one.';
comment on column observability.spans.attributes is 'All span attributes, by their OpenTelemetry names.';
comment on column observability.spans.events is 'Array of {name, time, attributes}; time in ISO 8601, UTC.';
comment on column observability.spans.links is 'Array of {trace_id, span_id, attributes}.';
-- A hash index is half as large as a b-tree where traces are short, and half as dear to insert into: docs/storage.md.
create index if not exists spans_trace_id_idx on observability.spans using hash (trace_id);
create index if not exists spans_start_time_idx on observability.spans using brin (start_time)
  with (pages_per_range = 512, autosummarize = on);
-- A b-tree, which can also list the spans that have one: the view v_spans needs that.
create index if not exists spans_correlation_id_idx on observability.spans (correlation_id) where correlation_id is not null;

create table if not exists observability.metrics (
  recorded_at timestamptz not null,
  start_time timestamptz,
  metric_value double precision not null,
  min double precision,
  max double precision,
  sample_count bigint not null default 1,
  zero_count bigint,
  id bigserial not null,
  resource_id bigint,
  bucket_scale smallint,
  is_monotonic boolean,
  metric_name text not null,
  metric_type text not null,
  service_name text,
  unit text,
  temporality text,
  labels jsonb not null default '{}',
  bucket_indexes integer[],
  bucket_counts bigint[],
  negative_bucket_indexes integer[],
  negative_bucket_counts bigint[],
  explicit_bounds double precision[],
  exemplars jsonb,
  primary key (metric_name, recorded_at, id)
) partition by range (recorded_at);
comment on table observability.metrics is 'Metric points, one partition per UTC month of recorded_at.';
comment on column observability.metrics.recorded_at is 'Time of the observation, or end of the window the point sums up.';
comment on column observability.metrics.start_time is 'Start of the window the point sums up; null for a single observation.';
comment on column observability.metrics.metric_value is 'The observation (record), the delta (counter), the last value (gauge) or the sum (histogram).';
comment on column observability.metrics.min is 'Smallest observation in the point.';
comment on column observability.metrics.max is 'Largest observation in the point.';
comment on column observability.metrics.sample_count is 'How many observations the point holds.';
comment on column observability.metrics.zero_count is 'Histogram: observations equal to zero.';
comment on column observability.metrics.id is 'Running number, only to tell points apart.';
comment on column observability.metrics.resource_id is 'Row of observability.resources that describes the process.';
comment on column observability.metrics.bucket_scale is 'Histogram: scale of the base-2 exponential buckets, base = 2^(2^-scale).';
comment on column observability.metrics.is_monotonic is 'Sum that only grows (counter).';
comment on column observability.metrics.metric_name is 'Name of the metric.';
comment on column observability.metrics.metric_type is 'counter, gauge or histogram.';
comment on column observability.metrics.service_name is 'Service that recorded it.';
comment on column observability.metrics.unit is 'UCUM unit, for example s, By or {request}.';
comment on column observability.metrics.temporality is 'delta; cumulative for a gauge that is the balance of an up-down counter; null for other gauges.';
comment on column observability.metrics.labels is 'Labels as an object of strings.';
comment on column observability.metrics.bucket_indexes is 'Histogram: indexes of the buckets that are not empty; bucket i holds values in (base^i, base^(i+1)].';
comment on column observability.metrics.bucket_counts is 'Histogram: counts in the order of bucket_indexes, or of explicit_bounds plus one.';
comment on column observability.metrics.negative_bucket_indexes is 'Histogram: the same for the absolute value of negative observations.';
comment on column observability.metrics.negative_bucket_counts is 'Histogram: counts in the order of negative_bucket_indexes.';
comment on column observability.metrics.explicit_bounds is 'Histogram that came with fixed bounds: the upper bounds.';
comment on column observability.metrics.exemplars is 'Array of {value, time, trace_id, span_id}.';

-- What reads by time alone: summing up what has come in.
create index if not exists metrics_recorded_at_idx on observability.metrics using brin (recorded_at)
  with (pages_per_range = 32, autosummarize = on);

create table if not exists observability.metric_minutes (
  bucket_start timestamptz not null,
  last_at timestamptz not null,
  value_sum double precision not null,
  value_last double precision not null,
  min double precision,
  max double precision,
  point_count bigint not null,
  sample_count bigint not null,
  zero_count bigint not null,
  series_id bigint not null,
  relative_error double precision not null,
  bucket_scale smallint not null,
  metric_name text not null,
  metric_type text not null,
  service_name text,
  unit text,
  labels jsonb not null,
  bucket_indexes integer[] not null,
  bucket_counts bigint[] not null,
  negative_bucket_indexes integer[],
  negative_bucket_counts bigint[],
  exemplars jsonb,
  primary key (metric_name, bucket_start, series_id)
) partition by range (bucket_start);
comment on table observability.metric_minutes is 'Metrics summed up by minute, over the processes of a service, one partition per UTC day. Made from the points by housekeeping.';
comment on column observability.metric_minutes.bucket_start is 'Start of the minute, in UTC.';
comment on column observability.metric_minutes.last_at is 'Time of the latest point.';
comment on column observability.metric_minutes.value_sum is 'Sum of metric_value: what a counter grew by, the sum of a histogram; of a gauge, point_count times its average.';
comment on column observability.metric_minutes.value_last is 'metric_value of the latest point, which is the last value of a gauge.';
comment on column observability.metric_minutes.min is 'Smallest observation; null for a counter.';
comment on column observability.metric_minutes.max is 'Largest observation; null for a counter.';
comment on column observability.metric_minutes.point_count is 'Points that were summed up.';
comment on column observability.metric_minutes.sample_count is 'Observations in them.';
comment on column observability.metric_minutes.zero_count is 'Values equal to zero.';
comment on column observability.metric_minutes.series_id is '63-bit hash of type, service and labels.';
comment on column observability.metric_minutes.relative_error is 'How far a value that is taken from the buckets can be off, 0.011 for 1.1 %.';
comment on column observability.metric_minutes.bucket_scale is 'Scale of the buckets, base = 2^(2^-scale).';
comment on column observability.metric_minutes.metric_name is 'Name of the metric.';
comment on column observability.metric_minutes.metric_type is 'counter, gauge or histogram.';
comment on column observability.metric_minutes.service_name is 'Service that recorded it.';
comment on column observability.metric_minutes.unit is 'UCUM unit.';
comment on column observability.metric_minutes.labels is 'Labels as an object of strings.';
comment on column observability.metric_minutes.bucket_indexes is 'Indexes of the buckets that are not empty; bucket i holds values in (base^i, base^(i+1)]. Of a counter or gauge, its points are the values.';
comment on column observability.metric_minutes.bucket_counts is 'Counts in the order of bucket_indexes.';
comment on column observability.metric_minutes.negative_bucket_indexes is 'The same for the absolute value of negative values.';
comment on column observability.metric_minutes.negative_bucket_counts is 'Counts in the order of negative_bucket_indexes.';
comment on column observability.metric_minutes.exemplars is 'Array of {value, time, trace_id, span_id}: those of the largest values.';

create table if not exists observability.metric_hours (
  bucket_start timestamptz not null,
  last_at timestamptz not null,
  value_sum double precision not null,
  value_last double precision not null,
  min double precision,
  max double precision,
  point_count bigint not null,
  sample_count bigint not null,
  zero_count bigint not null,
  series_id bigint not null,
  relative_error double precision not null,
  bucket_scale smallint not null,
  metric_name text not null,
  metric_type text not null,
  service_name text,
  unit text,
  labels jsonb not null,
  bucket_indexes integer[] not null,
  bucket_counts bigint[] not null,
  negative_bucket_indexes integer[],
  negative_bucket_counts bigint[],
  exemplars jsonb,
  primary key (metric_name, bucket_start, series_id)
) partition by range (bucket_start);
comment on table observability.metric_hours is 'Metrics summed up by hour, over the processes of a service, one partition per UTC month. Made from the points by housekeeping.';
comment on column observability.metric_hours.bucket_start is 'Start of the hour, in UTC.';
comment on column observability.metric_hours.last_at is 'Time of the latest point.';
comment on column observability.metric_hours.value_sum is 'Sum of metric_value: what a counter grew by, the sum of a histogram; of a gauge, point_count times its average.';
comment on column observability.metric_hours.value_last is 'metric_value of the latest point, which is the last value of a gauge.';
comment on column observability.metric_hours.min is 'Smallest observation; null for a counter.';
comment on column observability.metric_hours.max is 'Largest observation; null for a counter.';
comment on column observability.metric_hours.point_count is 'Points that were summed up.';
comment on column observability.metric_hours.sample_count is 'Observations in them.';
comment on column observability.metric_hours.zero_count is 'Values equal to zero.';
comment on column observability.metric_hours.series_id is '63-bit hash of type, service and labels.';
comment on column observability.metric_hours.relative_error is 'How far a value that is taken from the buckets can be off, 0.011 for 1.1 %.';
comment on column observability.metric_hours.bucket_scale is 'Scale of the buckets, base = 2^(2^-scale).';
comment on column observability.metric_hours.metric_name is 'Name of the metric.';
comment on column observability.metric_hours.metric_type is 'counter, gauge or histogram.';
comment on column observability.metric_hours.service_name is 'Service that recorded it.';
comment on column observability.metric_hours.unit is 'UCUM unit.';
comment on column observability.metric_hours.labels is 'Labels as an object of strings.';
comment on column observability.metric_hours.bucket_indexes is 'Indexes of the buckets that are not empty; bucket i holds values in (base^i, base^(i+1)]. Of a counter or gauge, its points are the values.';
comment on column observability.metric_hours.bucket_counts is 'Counts in the order of bucket_indexes.';
comment on column observability.metric_hours.negative_bucket_indexes is 'The same for the absolute value of negative values.';
comment on column observability.metric_hours.negative_bucket_counts is 'Counts in the order of negative_bucket_indexes.';
comment on column observability.metric_hours.exemplars is 'Array of {value, time, trace_id, span_id}: those of the largest values.';

create table if not exists observability.metric_days (
  bucket_start timestamptz not null,
  last_at timestamptz not null,
  value_sum double precision not null,
  value_last double precision not null,
  min double precision,
  max double precision,
  point_count bigint not null,
  sample_count bigint not null,
  zero_count bigint not null,
  series_id bigint not null,
  relative_error double precision not null,
  bucket_scale smallint not null,
  metric_name text not null,
  metric_type text not null,
  service_name text,
  unit text,
  labels jsonb not null,
  bucket_indexes integer[] not null,
  bucket_counts bigint[] not null,
  negative_bucket_indexes integer[],
  negative_bucket_counts bigint[],
  exemplars jsonb,
  primary key (metric_name, bucket_start, series_id)
);
comment on table observability.metric_days is 'Metrics summed up by day, over the processes of a service. Made from the points by housekeeping.';
comment on column observability.metric_days.bucket_start is 'Start of the day, in UTC.';
comment on column observability.metric_days.last_at is 'Time of the latest point.';
comment on column observability.metric_days.value_sum is 'Sum of metric_value: what a counter grew by, the sum of a histogram; of a gauge, point_count times its average.';
comment on column observability.metric_days.value_last is 'metric_value of the latest point, which is the last value of a gauge.';
comment on column observability.metric_days.min is 'Smallest observation; null for a counter.';
comment on column observability.metric_days.max is 'Largest observation; null for a counter.';
comment on column observability.metric_days.point_count is 'Points that were summed up.';
comment on column observability.metric_days.sample_count is 'Observations in them.';
comment on column observability.metric_days.zero_count is 'Values equal to zero.';
comment on column observability.metric_days.series_id is '63-bit hash of type, service and labels.';
comment on column observability.metric_days.relative_error is 'How far a value that is taken from the buckets can be off, 0.011 for 1.1 %.';
comment on column observability.metric_days.bucket_scale is 'Scale of the buckets, base = 2^(2^-scale).';
comment on column observability.metric_days.metric_name is 'Name of the metric.';
comment on column observability.metric_days.metric_type is 'counter, gauge or histogram.';
comment on column observability.metric_days.service_name is 'Service that recorded it.';
comment on column observability.metric_days.unit is 'UCUM unit.';
comment on column observability.metric_days.labels is 'Labels as an object of strings.';
comment on column observability.metric_days.bucket_indexes is 'Indexes of the buckets that are not empty; bucket i holds values in (base^i, base^(i+1)]. Of a counter or gauge, its points are the values.';
comment on column observability.metric_days.bucket_counts is 'Counts in the order of bucket_indexes.';
comment on column observability.metric_days.negative_bucket_indexes is 'The same for the absolute value of negative values.';
comment on column observability.metric_days.negative_bucket_counts is 'Counts in the order of negative_bucket_indexes.';
comment on column observability.metric_days.exemplars is 'Array of {value, time, trace_id, span_id}: those of the largest values.';

create table if not exists observability.metric_rollup_pending (
  period text not null,
  bucket_start timestamptz not null,
  primary key (period, bucket_start)
);
comment on table observability.metric_rollup_pending is 'Hours and days whose sums have to be made, or made again because of a late point.';
comment on column observability.metric_rollup_pending.period is 'hour or day.';
comment on column observability.metric_rollup_pending.bucket_start is 'Start of the hour or day, in UTC.';

create table if not exists observability.metric_rollup_state (
  singleton boolean primary key default true check (singleton),
  points_from timestamptz not null default '-infinity',
  minutes_from timestamptz not null default '-infinity',
  summed_to timestamptz not null default '-infinity',
  updated_at timestamptz not null default now()
);
comment on table observability.metric_rollup_state is 'One row: from when on points and minutes are whole, and up to when they are summed up.';
comment on column observability.metric_rollup_state.singleton is 'Always true, so that there is one row at most.';
comment on column observability.metric_rollup_state.points_from is 'Older points may have been dropped by retention.';
comment on column observability.metric_rollup_state.minutes_from is 'Older sums by minute may have been dropped by retention.';
comment on column observability.metric_rollup_state.summed_to is 'What was stored before updated_at and is older than this has been summed up, except what is pending.';
comment on column observability.metric_rollup_state.updated_at is 'When points were last summed up.';
insert into observability.metric_rollup_state default values on conflict do nothing;

create table if not exists observability.workflow_state (
  workflow_id uuid primary key,
  correlation_id varchar(64),
  workflow_type text not null,
  current_phase text not null,
  status text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  metadata jsonb not null default '{}',
  version integer not null default 1,
  parent_workflow_id uuid,
  trace_id varchar(32),
  phase_entered_at timestamptz not null default now(),
  deadline_at timestamptz,
  unusual_at timestamptz,
  finished_at timestamptz
);
comment on table observability.workflow_state is 'Where each workflow stands now.';
comment on column observability.workflow_state.workflow_id is 'ID of the workflow, given or made.';
comment on column observability.workflow_state.correlation_id is 'Correlation ID under which the workflow was created.';
comment on column observability.workflow_state.workflow_type is 'Kind of workflow, for example order.';
comment on column observability.workflow_state.current_phase is 'Phase it is in.';
comment on column observability.workflow_state.status is 'Status it has, for example running, completed or failed.';
comment on column observability.workflow_state.created_at is 'When it was created.';
comment on column observability.workflow_state.updated_at is 'When it last moved.';
comment on column observability.workflow_state.metadata is 'Metadata of all transitions, merged.';
comment on column observability.workflow_state.version is 'Number of the last transition; 1 is the creation.';
comment on column observability.workflow_state.parent_workflow_id is 'Workflow that started this one.';
comment on column observability.workflow_state.trace_id is 'Trace in which the workflow was created.';
comment on column observability.workflow_state.phase_entered_at is 'When it came into its phase, or was taken up again.';
comment on column observability.workflow_state.deadline_at is 'When the current phase should be over.';
comment on column observability.workflow_state.unusual_at is 'When a stay in the current phase is unusually long by its definition; where history has an answer, that counts.';
comment on column observability.workflow_state.finished_at is 'When it reached completed, failed or cancelled; null while it runs.';
create index if not exists workflow_state_correlation_id_idx on observability.workflow_state (correlation_id);
create index if not exists workflow_state_status_idx on observability.workflow_state (status, created_at desc);
create index if not exists workflow_state_created_at_idx on observability.workflow_state (created_at desc);
create index if not exists workflow_state_parent_idx on observability.workflow_state (parent_workflow_id)
  where parent_workflow_id is not null;
-- A workflow is looked up by what the business calls it: metadata @> '{"orderId": 42}'.
-- What is not yet sorted into it is read by every search and sorted in by whoever writes when it is full: 256 KiB in place
-- of 4 MiB, so that neither takes long and the planner does not take the table for cheaper.
create index if not exists workflow_state_metadata_idx on observability.workflow_state using gin (metadata jsonb_path_ops)
  with (gin_pending_list_limit = 256);
-- Only what is unfinished, so that looking for stuck workflows costs as much as there are open ones, not as all there were.
create index if not exists workflow_state_due_idx on observability.workflow_state (least(deadline_at, unusual_at))
  where finished_at is null and least(deadline_at, unusual_at) is not null;
create index if not exists workflow_state_open_idx
  on observability.workflow_state (workflow_type, current_phase, phase_entered_at) where finished_at is null;

create table if not exists observability.workflow_transitions (
  workflow_id uuid not null,
  version integer not null,
  from_phase text,
  to_phase text not null,
  from_status text,
  to_status text not null,
  actor text,
  trace_id varchar(32),
  correlation_id varchar(64),
  idempotency_key text,
  occurred_at timestamptz not null default now(),
  stay_ms double precision,
  metadata jsonb,
  primary key (workflow_id, version)
);
comment on table observability.workflow_transitions is 'Every move of every workflow, append-only.';
comment on column observability.workflow_transitions.workflow_id is 'Workflow that moved.';
comment on column observability.workflow_transitions.version is 'Running number within the workflow; 1 is the creation.';
comment on column observability.workflow_transitions.from_phase is 'Phase before; null for the creation.';
comment on column observability.workflow_transitions.to_phase is 'Phase after.';
comment on column observability.workflow_transitions.from_status is 'Status before; null for the creation.';
comment on column observability.workflow_transitions.to_status is 'Status after.';
comment on column observability.workflow_transitions.actor is 'Who or what moved it: a user, or the service name.';
comment on column observability.workflow_transitions.trace_id is 'Trace in which it moved.';
comment on column observability.workflow_transitions.correlation_id is 'Correlation ID under which it moved.';
comment on column observability.workflow_transitions.idempotency_key is 'Key under which a repeated call is recognised.';
comment on column observability.workflow_transitions.occurred_at is 'When it moved.';
comment on column observability.workflow_transitions.stay_ms is 'Milliseconds it had been in from_phase, where this move ended that; else null.';
comment on column observability.workflow_transitions.metadata is 'Metadata as it was given to this transition.';
create unique index if not exists workflow_transitions_idempotency_key_idx
  on observability.workflow_transitions (workflow_id, idempotency_key) where idempotency_key is not null;
create index if not exists workflow_transitions_trace_id_idx on observability.workflow_transitions using hash (trace_id)
  where trace_id is not null;
-- What is usual is learned from the latest stays.
create index if not exists workflow_transitions_stay_idx on observability.workflow_transitions (occurred_at desc)
  where stay_ms is not null;

create table if not exists observability.alerts (
  id serial primary key,
  alert_type text not null,
  severity text not null,
  title text not null,
  message text not null default '',
  triggered_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  metadata jsonb not null default '{}',
  fingerprint text not null,
  state text not null default 'firing',
  count integer not null default 1,
  last_triggered_at timestamptz not null default now(),
  acknowledged_by text,
  acknowledged_note text,
  resolved_at timestamptz,
  resolved_by text,
  resolved_note text,
  service_name text,
  correlation_id varchar(64),
  trace_id varchar(32),
  labels jsonb not null default '{}',
  silenced_until timestamptz,
  is_flapping boolean not null default false,
  suppressed_count integer not null default 0
);
comment on table observability.alerts is 'Alerts and what became of them.';
comment on column observability.alerts.id is 'Running number.';
comment on column observability.alerts.alert_type is 'Kind of alert, for example payment_failed.';
comment on column observability.alerts.severity is 'info, warning, error or critical.';
comment on column observability.alerts.title is 'One line for people.';
comment on column observability.alerts.message is 'What happened, in words.';
comment on column observability.alerts.triggered_at is 'When it was first raised.';
comment on column observability.alerts.acknowledged_at is 'When somebody took it on.';
comment on column observability.alerts.metadata is 'Details as given when it was last raised.';
comment on column observability.alerts.fingerprint is 'Alerts with the same fingerprint are one while open.';
comment on column observability.alerts.state is 'firing, acknowledged or resolved.';
comment on column observability.alerts.count is 'How often it was raised while open.';
comment on column observability.alerts.last_triggered_at is 'When it was last raised.';
comment on column observability.alerts.acknowledged_by is 'Who took it on.';
comment on column observability.alerts.acknowledged_note is 'What they said.';
comment on column observability.alerts.resolved_at is 'When it was resolved; null while open.';
comment on column observability.alerts.resolved_by is 'Who or what resolved it.';
comment on column observability.alerts.resolved_note is 'What they said.';
comment on column observability.alerts.service_name is 'Service that raised it.';
comment on column observability.alerts.correlation_id is 'Correlation ID under which it was first raised.';
comment on column observability.alerts.trace_id is 'Trace in which it was first raised.';
comment on column observability.alerts.labels is 'What it is about, as an object of strings.';
comment on column observability.alerts.silenced_until is 'Nobody is told of it before; null when no silence matches.';
comment on column observability.alerts.is_flapping is 'Its rule was met and not met again and again; it stays open until that is over.';
comment on column observability.alerts.suppressed_count is 'How often it was raised again too soon after it was resolved, and not opened for it.';
create index if not exists alerts_severity_triggered_at_idx on observability.alerts (severity, triggered_at desc);
create unique index if not exists alerts_open_fingerprint_idx on observability.alerts (fingerprint) where resolved_at is null;
create index if not exists alerts_resolved_fingerprint_idx on observability.alerts (fingerprint, resolved_at) where resolved_at is not null;

create table if not exists observability.alert_events (
  alert_id integer not null,
  event_id bigserial not null,
  from_state text,
  to_state text not null,
  actor text,
  note text,
  trace_id varchar(32),
  occurred_at timestamptz not null default now(),
  primary key (alert_id, event_id)
);
comment on table observability.alert_events is 'Every step of every alert, append-only.';
comment on column observability.alert_events.alert_id is 'Alert that took the step.';
comment on column observability.alert_events.event_id is 'Running number.';
comment on column observability.alert_events.from_state is 'State before; null when it was opened.';
comment on column observability.alert_events.to_state is 'State after; the same as before when it grew more severe, was noted on, or its silence ended.';
comment on column observability.alert_events.actor is 'Who or what did it.';
comment on column observability.alert_events.note is 'What they said.';
comment on column observability.alert_events.trace_id is 'Trace in which it was done.';
comment on column observability.alert_events.occurred_at is 'When, by the clock of the database.';

create table if not exists observability.alert_silences (
  id serial primary key,
  matchers jsonb not null,
  matchers_hash text not null,
  patterns jsonb not null,
  created_at timestamptz not null default now(),
  created_by text not null,
  note text,
  ends_at timestamptz not null,
  ended_at timestamptz,
  ended_by text
);
comment on table observability.alert_silences is 'Which alerts nobody is told of, and until when.';
comment on column observability.alert_silences.id is 'Running number.';
comment on column observability.alert_silences.matchers is 'Which alerts, as it was given.';
comment on column observability.alert_silences.matchers_hash is 'SHA-256 of the matchers: the same ones make an open silence longer instead of a second one.';
comment on column observability.alert_silences.patterns is 'The same as patterns of LIKE, by field; the fields of labels begin with label:.';
comment on column observability.alert_silences.created_at is 'When it was set.';
comment on column observability.alert_silences.created_by is 'Who set it, or last made it longer.';
comment on column observability.alert_silences.note is 'Why.';
comment on column observability.alert_silences.ends_at is 'When it ends by itself.';
comment on column observability.alert_silences.ended_at is 'When it was taken back, or made room for the next one with the same matchers; null before.';
comment on column observability.alert_silences.ended_by is 'Who took it back.';
create unique index if not exists alert_silences_open_idx on observability.alert_silences (matchers_hash) where ended_at is null;

create table if not exists observability.alert_rule_state (
  fingerprint text primary key,
  service_name text not null,
  rule text not null,
  labels jsonb not null,
  state text not null,
  since timestamptz not null,
  is_breached boolean not null,
  is_flapping boolean not null,
  breach_changed_at timestamptz not null,
  refreshed_at timestamptz not null,
  changes_ms jsonb not null,
  value double precision,
  fence bigint
);
comment on table observability.alert_rule_state is 'Where each alert rule stands, for the process that takes its evaluation over.';
comment on column observability.alert_rule_state.fingerprint is 'Fingerprint of the alert it raises: one for each group of labels.';
comment on column observability.alert_rule_state.service_name is 'Service whose rule it is; empty for none.';
comment on column observability.alert_rule_state.rule is 'Alert type of the rule.';
comment on column observability.alert_rule_state.labels is 'Labels of the group.';
comment on column observability.alert_rule_state.state is 'ok, pending or firing.';
comment on column observability.alert_rule_state.since is 'Since when it is in this state.';
comment on column observability.alert_rule_state.is_breached is 'Whether the condition was met when it was last looked at.';
comment on column observability.alert_rule_state.is_flapping is 'Whether the alert is held open because its condition changes again and again.';
comment on column observability.alert_rule_state.breach_changed_at is 'When is_breached last changed.';
comment on column observability.alert_rule_state.refreshed_at is 'When this row was last written.';
comment on column observability.alert_rule_state.changes_ms is 'When it began and ceased to fire of late, an array of milliseconds since 1970.';
comment on column observability.alert_rule_state.value is 'What was last measured.';
comment on column observability.alert_rule_state.fence is 'Fence of the lease it was written under; null for an evaluation by hand.';
create index if not exists alert_rule_state_service_name_idx on observability.alert_rule_state (service_name, rule);

create table if not exists observability.alert_heartbeats (
  name text primary key,
  expected_since timestamptz not null default now(),
  last_at timestamptz,
  service_name text
);
comment on table observability.alert_heartbeats is 'When each heartbeat last came.';
comment on column observability.alert_heartbeats.name is 'Name of the heartbeat.';
comment on column observability.alert_heartbeats.expected_since is 'When it first came, or a rule first asked for it.';
comment on column observability.alert_heartbeats.last_at is 'When it last came; null before the first.';
comment on column observability.alert_heartbeats.service_name is 'Service it last came from.';

create table if not exists observability.alert_notifications (
  notification_id bigserial primary key,
  receiver text not null,
  idempotency_key text not null,
  alert_id integer not null,
  group_key text not null,
  state text not null default 'queued',
  message_id text,
  attempts integer not null default 0,
  repeats integer not null default 0,
  due_at timestamptz not null,
  created_at timestamptz not null default now(),
  first_attempt_at timestamptz,
  last_attempt_at timestamptz,
  settled_at timestamptz,
  last_error text,
  change jsonb not null,
  unique (receiver, idempotency_key)
);
comment on table observability.alert_notifications is 'Who is told of a change of an alert: one row per change and receiver, written in the transaction of the change.';
comment on column observability.alert_notifications.notification_id is 'Running number.';
comment on column observability.alert_notifications.receiver is 'Name of the receiver, as the applications have configured it.';
comment on column observability.alert_notifications.idempotency_key is 'Names the change; a change is written once for each receiver.';
comment on column observability.alert_notifications.alert_id is 'Row of observability.alerts.';
comment on column observability.alert_notifications.group_key is 'What is told in one message has the same receiver and the same group.';
comment on column observability.alert_notifications.state is 'queued, delivered, or dead: given up.';
comment on column observability.alert_notifications.message_id is 'Message it is told in, from the first attempt on; stays the same for every attempt.';
comment on column observability.alert_notifications.attempts is 'How often it was tried to tell, since it was last queued.';
comment on column observability.alert_notifications.repeats is 'How often it was told again because the alert went on.';
comment on column observability.alert_notifications.due_at is 'When it may be sent, or sent again should the process that sends it be gone.';
comment on column observability.alert_notifications.created_at is 'When the change was made.';
comment on column observability.alert_notifications.first_attempt_at is 'When it was first tried to tell.';
comment on column observability.alert_notifications.last_attempt_at is 'When it was last tried to tell.';
comment on column observability.alert_notifications.settled_at is 'When it was delivered or given up.';
comment on column observability.alert_notifications.last_error is 'Why the last attempt failed; null when it did not.';
comment on column observability.alert_notifications.change is 'What is told: {from, to, at, by, note, alert}.';
create index if not exists alert_notifications_group_idx
  on observability.alert_notifications (receiver, group_key, last_attempt_at desc nulls last);
create index if not exists alert_notifications_unsettled_idx
  on observability.alert_notifications (receiver, due_at) where state <> 'delivered';
create index if not exists alert_notifications_queued_idx
  on observability.alert_notifications (receiver, group_key, message_id) where state = 'queued';
create index if not exists alert_notifications_alert_idx on observability.alert_notifications (alert_id, receiver);
create index if not exists alert_notifications_settled_at_idx on observability.alert_notifications (settled_at);

create table if not exists observability.error_groups (
  fingerprint text primary key,
  service_name text not null,
  exception_type text not null,
  message text not null,
  culprit text,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  count bigint not null,
  last_trace_id varchar(32),
  state text not null default 'open',
  state_changed_at timestamptz not null,
  state_changed_by text,
  state_note text,
  regression_count integer not null default 0,
  created_at timestamptz not null default clock_timestamp()
);
comment on table observability.error_groups is 'Exceptions of the applications, equal ones counted in one row.';
comment on column observability.error_groups.fingerprint is 'SHA-256 of service, type, normalised message and culprit: 64 hex digits.';
comment on column observability.error_groups.service_name is 'Service in which it was thrown.';
comment on column observability.error_groups.exception_type is 'Class or code of the exception.';
comment on column observability.error_groups.message is 'Message as it was first seen.';
comment on column observability.error_groups.culprit is 'First stack frame of the application itself: function and file, without the line.';
comment on column observability.error_groups.first_seen_at is 'When it was first seen.';
comment on column observability.error_groups.last_seen_at is 'When it was last seen.';
comment on column observability.error_groups.count is 'How often it was seen.';
comment on column observability.error_groups.last_trace_id is 'Trace in which it was last seen.';
comment on column observability.error_groups.state is 'open, resolved or ignored; what is seen again after it was resolved is open.';
comment on column observability.error_groups.state_changed_at is 'When the state last changed.';
comment on column observability.error_groups.state_changed_by is 'Who changed it; null for the application.';
comment on column observability.error_groups.state_note is 'What they said.';
comment on column observability.error_groups.regression_count is 'How often it was seen again after it was resolved.';
comment on column observability.error_groups.created_at is 'When the row was made, by the clock of the database.';
create index if not exists error_groups_last_seen_at_idx on observability.error_groups (last_seen_at);

create table if not exists observability.health_transitions (
  service_name text not null,
  transition_id bigserial not null,
  instance_id text,
  check_name text not null,
  from_status text,
  to_status text not null,
  reason text,
  duration_ms double precision,
  occurred_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  is_flapping boolean not null default false,
  record_id uuid not null default gen_random_uuid(),
  primary key (service_name, transition_id)
);
comment on table observability.health_transitions is 'Changes of health, not every probe.';
comment on column observability.health_transitions.service_name is 'Service that was checked.';
comment on column observability.health_transitions.transition_id is 'Running number.';
comment on column observability.health_transitions.instance_id is 'Process that was checked.';
comment on column observability.health_transitions.check_name is 'Name of the check; ready is the readiness of the process.';
comment on column observability.health_transitions.from_status is 'Status before; null for the first one seen, also after a time in which nobody looked.';
comment on column observability.health_transitions.to_status is 'up, degraded or down; of ready also starting and draining.';
comment on column observability.health_transitions.reason is 'Message of the check.';
comment on column observability.health_transitions.duration_ms is 'How long the previous status had lasted, in milliseconds.';
comment on column observability.health_transitions.occurred_at is 'When it changed.';
comment on column observability.health_transitions.last_seen_at is 'Until when this status was seen; what no row covers is unknown. At most a minute behind while it goes on.';
comment on column observability.health_transitions.is_flapping is 'True where the check was changing again and again.';
comment on column observability.health_transitions.record_id is 'Made by the process, so that a change that is sent twice is stored once.';
create unique index if not exists health_transitions_record_id_idx on observability.health_transitions (service_name, record_id);
create index if not exists health_transitions_occurred_at_idx on observability.health_transitions (service_name, occurred_at desc);

create table if not exists observability.leases (
  name text primary key,
  holder text not null,
  fence bigint not null,
  expires_at timestamptz not null
);
comment on table observability.leases is 'Which process does the housekeeping and evaluates rules.';
comment on column observability.leases.name is 'What the lease is for.';
comment on column observability.leases.holder is 'Process that holds it.';
comment on column observability.leases.fence is 'Grows with each new holder; writes of an older holder are refused.';
comment on column observability.leases.expires_at is 'When it may be taken over, by the clock of the database.';

create table if not exists observability.ingest_batches (
  batch_id text primary key,
  signal text not null,
  row_count integer not null,
  stored_at timestamptz not null default now(),
  rollup_minutes integer[]
);
comment on table observability.ingest_batches is 'Batches already stored, so that a batch sent twice is stored once.';
comment on column observability.ingest_batches.batch_id is 'ID given to the batch when it was cut.';
comment on column observability.ingest_batches.signal is 'spans, metrics or errors.';
comment on column observability.ingest_batches.row_count is 'Rows the batch held.';
comment on column observability.ingest_batches.stored_at is 'When it was stored.';
comment on column observability.ingest_batches.rollup_minutes is 'Minutes since 1970 in which its points lie, until these are summed up; then null.';
create index if not exists ingest_batches_stored_at_idx on observability.ingest_batches using brin (stored_at);
create index if not exists ingest_batches_rollup_idx on observability.ingest_batches (stored_at) where rollup_minutes is not null;

-- Two halves rather than coalesce(correlation_id, trace_id): a condition on correlation_id then finds the index of each.
create or replace view observability.v_spans as
  select s.trace_id, s.span_id, s.parent_span_id, s.operation_name, s.service_name, s.kind, s.status, s.status_message,
         s.start_time, s.end_time, s.duration_ns / 1e6 as duration_ms, s.correlation_id,
         s.attributes, s.events, s.links, r.attributes as resource, c.name as scope_name, c.version as scope_version
  from (
    select trace_id, span_id, parent_span_id, operation_name, service_name, kind, status, status_message, start_time, end_time,
           duration_ns, correlation_id, attributes, events, links, scope_id
    from observability.spans where correlation_id is not null
    union all
    select trace_id, span_id, parent_span_id, operation_name, service_name, kind, status, status_message, start_time, end_time,
           duration_ns, trace_id, attributes, events, links, scope_id
    from observability.spans where correlation_id is null
  ) s
  left join observability.scopes c using (scope_id)
  left join observability.resources r using (resource_id);
comment on view observability.v_spans is 'Spans for people: duration in milliseconds, correlation ID always filled, resource and scope joined.';

-- A function, because it keeps its plan: the view is planned anew for each statement, over every day there is. The plan must be
-- the generic one, which leaves out the days that "near" rules out when it is executed. It looks into each day once where the
-- view, for its two halves, looks twice; and never into the index on times, which a plan without knowing them overrates.
create or replace function observability.trace(trace_id text, near timestamptz default null)
  returns setof observability.v_spans
  language plpgsql stable parallel safe
  set plan_cache_mode = force_generic_plan
  set enable_bitmapscan = off
as $trace$
begin
  return query
    select s.trace_id, s.span_id, s.parent_span_id, s.operation_name, s.service_name, s.kind, s.status, s.status_message,
           s.start_time, s.end_time, s.duration_ns / 1e6, coalesce(s.correlation_id, s.trace_id),
           s.attributes, s.events, s.links, r.attributes, c.name, c.version
    from observability.spans s
    left join observability.scopes c using (scope_id)
    left join observability.resources r using (resource_id)
    where s.trace_id = trace.trace_id
      and s.start_time >= coalesce(near - interval '1 day', '-infinity')
      and s.start_time <= coalesce(near + interval '1 day', 'infinity')
    order by s.start_time;
end
$trace$;
comment on function observability.trace(text, timestamptz) is 'The spans of a trace as v_spans has them, oldest first; near, where it is known, saves looking into other days.';

-- What people look at. A view asks for the moment up to which minutes are summed up, and takes the points from then on as they are.
create or replace function observability.metrics_summed_to()
  returns timestamptz
  language sql stable parallel safe
as $$
  select greatest(
    least(date_trunc('minute', s.summed_to), coalesce(pending.minute, timestamptz 'infinity')),
    least(date_trunc('minute', s.summed_to), s.points_from))
  from observability.metric_rollup_state s,
    (select to_timestamp(min(m) * 60.0) as minute
     from observability.ingest_batches, unnest(rollup_minutes) as m
     where rollup_minutes is not null) pending
$$;
comment on function observability.metrics_summed_to() is 'Metrics up to here are summed up by the minute; later ones are only in observability.metrics.';

create or replace function observability.bucket_values(
  single double precision, zero_count bigint, bucket_scale smallint, bucket_indexes integer[], bucket_counts bigint[],
  negative_bucket_indexes integer[], negative_bucket_counts bigint[])
  returns table (value double precision, count bigint)
  language sql immutable parallel safe
as $$
  select power(2::float8, greatest(-1074, b.index * power(2::float8, -bucket_scale)))
      * (2 / (1 + power(2::float8, -power(2::float8, -bucket_scale)))), b.count
    from unnest(bucket_indexes, bucket_counts) as b(index, count) where single is null
  union all
  select -power(2::float8, greatest(-1074, b.index * power(2::float8, -bucket_scale)))
      * (2 / (1 + power(2::float8, -power(2::float8, -bucket_scale)))), b.count
    from unnest(negative_bucket_indexes, negative_bucket_counts) as b(index, count) where single is null
  union all
  select 0, zero_count where single is null and zero_count > 0
  union all
  select single, 1 where single is not null
$$;
comment on function observability.bucket_values(double precision, bigint, smallint, integer[], bigint[], integer[], bigint[]) is 'The values that the buckets of a point stand for, within 1.1 % at scale 5, and how often each was observed; single is a point without buckets.';

create or replace view observability.v_metrics as
  select bucket_start as "time", metric_name, metric_type, service_name, unit, labels, point_count, sample_count, value_sum,
         value_last, min, max
  from observability.metric_minutes
  where bucket_start < (select observability.metrics_summed_to())
  union all
  select date_bin('1 minute', recorded_at, timestamptz 'epoch'), metric_name, metric_type, service_name, min(unit), labels,
         count(*), sum(sample_count)::bigint, sum(metric_value),
         (array_agg(metric_value order by recorded_at desc, metric_value desc))[1], min(min), max(max)
  from observability.metrics
  where recorded_at >= (select observability.metrics_summed_to())
  group by 1, metric_name, metric_type, service_name, labels;
comment on view observability.v_metrics is 'Every metric by the minute and series: value_sum is what a counter grew by or a histogram adds up to, value_last the last value of a gauge. 14 days by default.';

create or replace view observability.v_request_rates as
  select "time", service_name, labels ->> 'http.request.method' as http_request_method, labels ->> 'http.route' as http_route,
         case when labels ->> 'http.response.status_code' ~ '^\\d{3}$' then (labels ->> 'http.response.status_code')::integer end
           as http_response_status_code,
         sum(sample_count)::bigint as requests,
         coalesce(sum(sample_count) filter (where labels ? 'error.type'), 0)::bigint as errors,
         sum(value_sum) as duration_seconds,
         sum(sample_count)::float8 / 60 as requests_per_second
  from observability.v_metrics
  where metric_name = 'http.server.request.duration'
  group by 1, 2, 3, 4, 5;
comment on view observability.v_request_rates is 'Requests by the minute, service, method, route and status; errors are those with an error.type. Counted before sampling.';

create or replace view observability.v_latency as
  select "time", service_name, http_route, max(upto)::bigint as requests,
         min(value) filter (where upto >= 0.5 * requests) as p50_seconds,
         least(min(value) filter (where upto >= 0.95 * requests), max(largest)) as p95_seconds,
         least(min(value) filter (where upto >= 0.99 * requests), max(largest)) as p99_seconds,
         max(largest) as max_seconds
  from (
    select "time", service_name, http_route, value, largest,
           sum(count) over (partition by "time", service_name, http_route order by value) as upto,
           sum(count) over (partition by "time", service_name, http_route) as requests
    from (
      select "time", service_name, http_route, b.value, sum(b.count) as count, max(m.max) as largest
      from (
        select bucket_start as "time", service_name, labels ->> 'http.route' as http_route, max, null::float8 as single, zero_count,
               bucket_scale, bucket_indexes, bucket_counts, negative_bucket_indexes, negative_bucket_counts
        from observability.metric_minutes
        where metric_name = 'http.server.request.duration' and bucket_start < (select observability.metrics_summed_to())
        union all
        select date_bin('1 minute', recorded_at, timestamptz 'epoch'), service_name, labels ->> 'http.route', max,
               case when bucket_scale is null then metric_value end, zero_count, bucket_scale, bucket_indexes, bucket_counts,
               negative_bucket_indexes, negative_bucket_counts
        from observability.metrics
        where metric_name = 'http.server.request.duration' and recorded_at >= (select observability.metrics_summed_to())
          and explicit_bounds is null
      ) m
      cross join lateral observability.bucket_values(
        m.single, m.zero_count, m.bucket_scale, m.bucket_indexes, m.bucket_counts, m.negative_bucket_indexes,
        m.negative_bucket_counts) b
      group by 1, 2, 3, 4
    ) counted
  ) ranked
  group by 1, 2, 3;
comment on view observability.v_latency is 'Durations of requests by the minute, service and route, merged from buckets, within 1.1 %. Percentiles do not average: over longer steps ask observability.metric_percentiles.';

create or replace view observability.v_slow_requests as
  select (e.example ->> 'time')::timestamptz as "time", service_name, labels ->> 'http.request.method' as http_request_method,
         labels ->> 'http.route' as http_route, labels ->> 'http.response.status_code' as http_response_status_code,
         (e.example ->> 'value')::float8 as duration_seconds, e.example ->> 'trace_id' as trace_id
  from (
    select service_name, labels, exemplars, bucket_start as at
    from observability.metric_minutes
    where metric_name = 'http.server.request.duration' and exemplars is not null
      and bucket_start < (select observability.metrics_summed_to())
    union all
    select service_name, labels, exemplars, recorded_at
    from observability.metrics
    where metric_name = 'http.server.request.duration' and exemplars is not null
      and recorded_at >= (select observability.metrics_summed_to())
  ) m
  cross join lateral jsonb_array_elements(m.exemplars) as e(example);
comment on view observability.v_slow_requests is 'Requests that were slow or failed and whose trace is kept: one example for each bucket and window.';

-- plan_cache_mode: with the values known, PostgreSQL reads only the partitions and the table that the step needs.
create or replace function observability.metric_percentiles(
  metric_name text, from_time timestamptz, to_time timestamptz, step interval default '1 minute',
  group_label text default null, fractions double precision[] default '{0.5,0.95,0.99}')
  returns table ("time" timestamptz, label_value text, sample_count bigint, percentiles double precision[])
  language plpgsql stable parallel safe
  set plan_cache_mode = force_custom_plan
as $percentiles$
declare
  minutes_to timestamptz := observability.metrics_summed_to();
  hours_to timestamptz := '-infinity';
begin
  if step < interval '1 minute' then
    raise exception 'step is %; expected a minute or more', step using errcode = '22023';
  end if;
  if step >= interval '1 hour' and extract(epoch from step)::bigint % 3600 = 0 then
    hours_to := least(date_trunc('hour', minutes_to), coalesce((
      select min(bucket_start) from observability.metric_rollup_pending where period = 'hour'), timestamptz 'infinity'));
  end if;
  return query
  with source as (
    select h.bucket_start as at, h.service_name, h.labels, h.max, null::float8 as single, h.zero_count, h.bucket_scale,
           h.bucket_indexes, h.bucket_counts, h.negative_bucket_indexes, h.negative_bucket_counts
    from observability.metric_hours h
    where h.metric_name = metric_percentiles.metric_name and h.bucket_start >= from_time and h.bucket_start < to_time
      and h.bucket_start < hours_to
    union all
    select m.bucket_start, m.service_name, m.labels, m.max, null, m.zero_count, m.bucket_scale,
           m.bucket_indexes, m.bucket_counts, m.negative_bucket_indexes, m.negative_bucket_counts
    from observability.metric_minutes m
    where m.metric_name = metric_percentiles.metric_name and m.bucket_start >= from_time and m.bucket_start < to_time
      and m.bucket_start >= hours_to and m.bucket_start < minutes_to
    union all
    select p.recorded_at, p.service_name, p.labels, p.max, case when p.bucket_scale is null then p.metric_value end, p.zero_count,
           p.bucket_scale, p.bucket_indexes, p.bucket_counts, p.negative_bucket_indexes, p.negative_bucket_counts
    from observability.metrics p
    where p.metric_name = metric_percentiles.metric_name and p.recorded_at >= from_time and p.recorded_at < to_time
      and p.recorded_at >= minutes_to and p.explicit_bounds is null
  ),
  counted as (
    select date_bin(step, s.at, timestamptz 'epoch') as step_start,
           case group_label when 'service.name' then s.service_name else s.labels ->> group_label end as label,
           b.value, sum(b.count) as weight, max(s.max) as largest
    from source s
    cross join lateral observability.bucket_values(
      s.single, s.zero_count, s.bucket_scale, s.bucket_indexes, s.bucket_counts, s.negative_bucket_indexes,
      s.negative_bucket_counts) b
    group by 1, 2, 3
  ),
  ranked as (
    select c.step_start, c.label, c.value, c.largest, sum(c.weight) over (partition by c.step_start, c.label order by c.value) as upto,
           sum(c.weight) over (partition by c.step_start, c.label) as total
    from counted c
  ),
  picked as (
    select r.step_start, r.label, max(r.total)::bigint as total, f.place,
           least(min(r.value) filter (where r.upto >= f.fraction * r.total), max(r.largest)) as percentile
    from ranked r
    cross join unnest(fractions) with ordinality as f(fraction, place)
    group by 1, 2, 4
  )
  select k.step_start, k.label, k.total, array_agg(k.percentile order by k.place)
  from picked k
  group by 1, 2, 3
  order by 1, 2;
end
$percentiles$;
comment on function observability.metric_percentiles(text, timestamptz, timestamptz, interval, text, double precision[]) is 'Percentiles of a metric for each step, merged from buckets over series and processes, by a label where one is given; from hours where the step allows.';

create or replace view observability.v_open_alerts as
  select id, severity, alert_type, title, message, state, count, triggered_at, last_triggered_at, acknowledged_by, service_name,
         labels, silenced_until, is_flapping
  from observability.alerts
  where resolved_at is null;
comment on view observability.v_open_alerts is 'Alerts that are not resolved.';
`;

/** The files of sql/migrations, in order. */
export const SCHEMA_MIGRATIONS: readonly SchemaMigration[] = [];
