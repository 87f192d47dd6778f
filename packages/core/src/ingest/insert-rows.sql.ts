import type { IngestSignal } from './encoded-batch.ts';
import { INGEST_COLUMNS } from './ingest-columns.ts';

/** Loads rows where the store has no COPY: $1 is a JSON array of rows, each an array of texts and nulls. */
export function insertRows(signal: IngestSignal, columns: readonly string[]): string {
  const types = INGEST_COLUMNS[signal];
  const fields = columns.map((column, index) => `(r.fields->>${index})::${types[column]}`);
  return `
insert into observability.${signal} (${columns.join(', ')})
select ${fields.join(', ')}
from jsonb_array_elements($1::jsonb) as r(fields)`;
}

/** Stores resources that are not there yet, in the order of their IDs so that two writers cannot wait for each other. */
export const insertResources = `
insert into observability.resources (resource_id, service_name, schema_url, attributes)
select r.resource_id, r.service_name, r.schema_url, r.attributes
from jsonb_to_recordset($1::jsonb) as r(resource_id bigint, service_name text, schema_url text, attributes jsonb)
order by r.resource_id
on conflict do nothing`;

/** Stores scopes that are not there yet, in the order of their IDs. */
export const insertScopes = `
insert into observability.scopes (scope_id, resource_id, name, version, schema_url)
select r.scope_id, r.resource_id, r.name, r.version, r.schema_url
from jsonb_to_recordset($1::jsonb) as r(scope_id bigint, resource_id bigint, name text, version text, schema_url text)
order by r.scope_id
on conflict do nothing`;
