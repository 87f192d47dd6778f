import { createHash } from 'node:crypto';
import { cleanAttributes } from '../sanitize/clean-json.ts';
import type { JsonValue } from '../sanitize/clean-json.ts';
import { cleanText } from '../sanitize/clean-text.ts';
import type { Redact } from '../sanitize/redact.ts';
import type { InstrumentationScope, Resource } from './opentelemetry-types.ts';

/** A row of `observability.resources`. */
export interface ResourceRow {
  resource_id: string;
  service_name: string;
  schema_url: string | null;
  attributes: Record<string, JsonValue>;
}

/** A row of `observability.scopes`. */
export interface ScopeRow {
  scope_id: string;
  resource_id: string;
  name: string;
  version: string | null;
  schema_url: string | null;
}

/** Maps a resource to its row. Equal resources give equal IDs in every process, so no ID has to be asked for. */
export function resourceToRow(resource: Resource, redact: Redact): ResourceRow {
  const attributes = cleanAttributes(resource.attributes, { redact });
  const schemaUrl = resource.schemaUrl === undefined ? null : cleanText(resource.schemaUrl, 1_024);
  const serviceName = attributes['service.name'];
  return {
    resource_id: hash63([sortKeys(attributes), schemaUrl]),
    service_name: typeof serviceName === 'string' && serviceName !== '' ? serviceName : 'unknown_service',
    schema_url: schemaUrl,
    attributes,
  };
}

/**
 * Maps an instrumentation scope to its row. The ID also stands for the resource, so that a span carries one ID of 8 bytes
 * instead of two.
 */
export function scopeToRow(scope: InstrumentationScope, resourceId: string): ScopeRow {
  const name = cleanText(String(scope.name ?? ''), 1_024);
  const version = scope.version === undefined ? null : cleanText(String(scope.version), 256);
  const schemaUrl = scope.schemaUrl === undefined ? null : cleanText(String(scope.schemaUrl), 1_024);
  return {
    scope_id: hash63([resourceId, name, version, schemaUrl]),
    resource_id: resourceId,
    name,
    version,
    schema_url: schemaUrl,
  };
}

// 63 bits, so that it fits a signed bigint; as text, because a JSON number would be rounded.
function hash63(value: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(value)).digest();
  return (digest.readBigUInt64BE(0) >> 1n).toString();
}

function sortKeys(attributes: Record<string, JsonValue>): [string, JsonValue][] {
  return Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
