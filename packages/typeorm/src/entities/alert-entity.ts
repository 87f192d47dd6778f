import { EntitySchema } from 'typeorm';
import { readOnlyColumn } from './read-only-column.ts';

/** A row of `observability.alerts`. */
export interface StoredAlert {
  readonly id: number;
  readonly alertType: string;
  /** `info`, `warning`, `error` or `critical`. */
  readonly severity: string;
  readonly title: string;
  readonly message: string;
  /** `firing`, `acknowledged` or `resolved`. */
  readonly state: string;
  /** How often it was raised while open. */
  readonly count: number;
  /** Alerts with the same fingerprint are one while open. */
  readonly fingerprint: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** When it was first raised. */
  readonly triggeredAt: Date;
  readonly lastTriggeredAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedNote: string | null;
  /** Null while it is open. */
  readonly resolvedAt: Date | null;
  readonly resolvedBy: string | null;
  readonly resolvedNote: string | null;
  readonly serviceName: string | null;
  readonly correlationId: string | null;
  readonly traceId: string | null;
  /** What it is about, as text. */
  readonly labels: Readonly<Record<string, string>>;
  /** Nobody is to be told of it before; null when no silence matches it. */
  readonly silencedUntil: Date | null;
  readonly isFlapping: boolean;
  /** How often it was raised again too soon after it was resolved. */
  readonly suppressedCount: number;
}

/**
 * The alerts, to read; `AlertManager` raises, acknowledges and resolves them.
 * @example `await dataSource.getRepository(AlertEntity).findBy({ severity: 'critical', resolvedAt: IsNull() });`
 */
export const AlertEntity: EntitySchema<StoredAlert> = new EntitySchema<StoredAlert>({
  name: 'ObservabilityAlert',
  schema: 'observability',
  tableName: 'alerts',
  synchronize: false,
  columns: {
    id: readOnlyColumn('integer', 'id', { primary: true }),
    alertType: readOnlyColumn('text', 'alert_type'),
    severity: readOnlyColumn('text', 'severity'),
    title: readOnlyColumn('text', 'title'),
    message: readOnlyColumn('text', 'message'),
    state: readOnlyColumn('text', 'state'),
    count: readOnlyColumn('integer', 'count'),
    fingerprint: readOnlyColumn('text', 'fingerprint'),
    metadata: readOnlyColumn('jsonb', 'metadata'),
    triggeredAt: readOnlyColumn('timestamptz', 'triggered_at'),
    lastTriggeredAt: readOnlyColumn('timestamptz', 'last_triggered_at'),
    acknowledgedAt: readOnlyColumn('timestamptz', 'acknowledged_at', { nullable: true }),
    acknowledgedBy: readOnlyColumn('text', 'acknowledged_by', { nullable: true }),
    acknowledgedNote: readOnlyColumn('text', 'acknowledged_note', { nullable: true }),
    resolvedAt: readOnlyColumn('timestamptz', 'resolved_at', { nullable: true }),
    resolvedBy: readOnlyColumn('text', 'resolved_by', { nullable: true }),
    resolvedNote: readOnlyColumn('text', 'resolved_note', { nullable: true }),
    serviceName: readOnlyColumn('text', 'service_name', { nullable: true }),
    correlationId: readOnlyColumn('varchar', 'correlation_id', { nullable: true }),
    traceId: readOnlyColumn('varchar', 'trace_id', { nullable: true }),
    labels: readOnlyColumn('jsonb', 'labels'),
    silencedUntil: readOnlyColumn('timestamptz', 'silenced_until', { nullable: true }),
    isFlapping: readOnlyColumn('boolean', 'is_flapping'),
    suppressedCount: readOnlyColumn('integer', 'suppressed_count'),
  },
});
