import { cleanLabels } from '../../sanitize/clean-json.ts';
import type { Redact } from '../../sanitize/redact.ts';
import type { OriginResource } from '../../ingest/encoded-batch.ts';
import { resourceToRow } from '../../tracing/interned-rows.ts';
import type { InstrumentationScope, Resource } from '../../tracing/opentelemetry-types.ts';

/** Where metrics come from. */
export interface MetricOrigin {
  readonly resource: OriginResource;
  readonly serviceName: string;
}

/** @param fallback the service of a resource that names none */
export function resourceToOrigin(
  resource: Resource,
  redact: Redact,
  fallback: string | undefined,
): MetricOrigin {
  const row = resourceToRow(resource, redact);
  const isNamed = !/^unknown_service(:|$)/.test(row.service_name);
  return { resource: row, serviceName: isNamed ? row.service_name : (fallback ?? row.service_name) };
}

/**
 * Labels that name the meter. Rows of metrics have no column for it, and meters of two libraries may use one name for two things.
 * @source https://opentelemetry.io/docs/specs/otel/common/mapping-to-non-otlp/#instrumentationscope
 */
export function scopeToLabels(scope: InstrumentationScope, redact: Redact): Record<string, string> {
  const { name, version } = scope;
  return cleanLabels(
    {
      ...(name ? { 'otel.scope.name': name } : {}),
      ...(version ? { 'otel.scope.version': version } : {}),
    },
    { redact },
  );
}
