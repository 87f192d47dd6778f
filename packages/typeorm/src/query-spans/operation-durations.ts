import type { Attributes, Span } from '@pg-observability/core';
import type { DurationHandle, DurationHistogram } from './query-span-options.ts';

const NAME = 'db.client.operation.duration';
const OPTIONS = { unit: 's' };

// What the convention requires and recommends, without what could be anything: the text of the query and its summary.
const LABELS = [
  'db.system.name',
  'db.namespace',
  'db.operation.name',
  'db.collection.name',
  'server.address',
  'server.port',
  'db.response.status_code',
  'error.type',
];

// The first word of a broken statement may be anything, a label may not.
const COMMANDS = new Set(
  (
    'ABORT ALTER ANALYZE BEGIN CALL CHECKPOINT CLOSE CLUSTER COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE DELETE DISCARD DO DROP ' +
    'END EXECUTE EXPLAIN FETCH GRANT IMPORT INSERT LISTEN LOAD LOCK MERGE MOVE NOTIFY PREPARE REASSIGN REFRESH REINDEX RELEASE ' +
    'RESET REVOKE ROLLBACK SAVEPOINT SECURITY SELECT SET SHOW START TABLE TRUNCATE UNLISTEN UPDATE VACUUM VALUES WITH'
  ).split(' '),
);

// As many as one collector keeps apart, and more where several share a DataSource.
const MAX_HANDLES = 5_000;

/**
 * The metric `db.client.operation.duration`, with a handle for each combination of labels.
 *
 * @source https://opentelemetry.io/docs/specs/semconv/db/database-metrics/#metric-dbclientoperationduration
 */
export class OperationDurations {
  readonly #handles = new WeakMap<DurationHistogram, Map<string, DurationHandle>>();

  /**
   * @param attributes of the statement, and of its failure
   * @param span of the statement, where there is one
   */
  record(metrics: DurationHistogram, seconds: number, attributes: Attributes, span: Span | undefined): void {
    const labels = toLabels(attributes);
    const handle = this.#find(metrics, labels);
    if (handle === undefined) {
      metrics.histogram(NAME, seconds, labels, OPTIONS);
    } else {
      handle.record(seconds, sampledTrace(span));
    }
  }

  #find(metrics: DurationHistogram, labels: Record<string, string | number>): DurationHandle | undefined {
    const handles = this.#handles.get(metrics) ?? new Map<string, DurationHandle>();
    this.#handles.set(metrics, handles);
    const key = JSON.stringify(labels);
    const known = handles.get(key);
    if (known !== undefined) {
      return known;
    }
    if (handles.size >= MAX_HANDLES) {
      handles.clear();
    }
    const handle = bind(metrics, labels);
    if (handle !== undefined) {
      handles.set(key, handle);
    }
    return handle;
  }
}

function bind(
  metrics: DurationHistogram,
  labels: Record<string, string | number>,
): DurationHandle | undefined {
  try {
    return metrics.bind?.(NAME, 'histogram', labels, OPTIONS);
  } catch {
    // Too many metrics: `histogram` counts that with each observation.
    return undefined;
  }
}

function toLabels(attributes: Attributes): Record<string, string | number> {
  const labels: Record<string, string | number> = {};
  for (const name of LABELS) {
    const value = attributes[name];
    if (typeof value === 'string' || typeof value === 'number') {
      labels[name] = value;
    }
  }
  if (!isCommand(labels['db.operation.name'])) {
    delete labels['db.operation.name'];
  }
  return labels;
}

function isCommand(operation: string | number | undefined): boolean {
  const [verb = ''] = String(operation).split(' ', 1);
  return COMMANDS.has(verb.toUpperCase());
}

function sampledTrace(span: Span | undefined): { traceId: string; spanId: string } | undefined {
  const context = span?.spanContext();
  return context !== undefined && (context.traceFlags & 1) === 1 ? context : undefined;
}
