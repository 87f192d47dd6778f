import { interpolatePercentile } from '../../metrics/reading/interpolate-percentile.ts';
import type { PercentileParts } from '../../metrics/reading/interpolate-percentile.ts';
import { readNewErrors as readErrorGroups } from '../../error-groups/read-new-errors.ts';
import type { NewErrorReading } from '../../error-groups/read-new-errors.ts';
import type { IngestSignal } from '../../ingest/encoded-batch.ts';
import type { SqlRow, SqlRunner } from '../../storage/sql-store.ts';
import type { ResolvedAggregate, ResolvedRule, ResolvedSelection, RuleSource } from './resolved-rule.ts';
import {
  selectDroppedTelemetry,
  selectErrorRatios,
  selectFailingChecks,
  selectHeartbeatAge,
  selectMetricPercentile,
  selectMetricSums,
  selectPointAges,
  selectStuckWorkflows,
} from './readings.sql.ts';
import type { RuleReading } from './rule-reading.ts';

/** What rules read besides the database. */
export interface RuleReaders {
  /** Service whose rules they are; null for none. */
  serviceName: string | null;
  /** The errors first seen since a moment, in milliseconds since 1970. Default: the groups of errors that are stored. */
  readNewErrors?: ReadNewErrors | undefined;
  /** What this process has lost within the last milliseconds, and what of it waits on disk. */
  readOwnTelemetry?: ((overMs: number) => Record<IngestSignal, OwnTelemetry>) | undefined;
  /** For how long the database was away, for the rule of that alert type. */
  readOutage?: ((alertType: string) => RuleReading) | undefined;
}

/** Reads the errors that were first seen after a moment, of one service or, with null, of all. */
export type ReadNewErrors = (
  sql: SqlRunner,
  query: { serviceName: string | null; sinceMs: number },
) => Promise<readonly NewErrorReading[]>;

/** What became of the telemetry of this process. */
export interface OwnTelemetry {
  dropped: number;
  waiting: number;
}

// A rate may become 0 and be told of; an hour later the group is forgotten.
const LEAST_LOOKBACK_MS = 3_600_000;

// Of what an error said; all of it is where the errors are.
const MAX_MESSAGE_CHARACTERS = 4_096;

type SourceOf<Kind extends RuleSource['kind']> = Extract<RuleSource, { kind: Kind }>;

/**
 * Measures a rule, one reading for each group.
 * @throws the driver's error
 */
export function readRule(
  sql: SqlRunner,
  { source, alertType }: Pick<ResolvedRule, 'source' | 'alertType'>,
  readers: RuleReaders,
  nowMs: number,
): Promise<RuleReading[]> {
  switch (source.kind) {
    case 'metric':
      return source.aggregate.kind === 'percentile'
        ? readPercentile(sql, source, source.aggregate.fraction)
        : readSums(sql, source, source.aggregate.kind);
    case 'errorRatio':
      return readErrorRatios(sql, source);
    case 'noData':
      return readPointAges(sql, source);
    case 'heartbeat':
      return readHeartbeat(sql, source);
    case 'health':
      return readFailingChecks(sql, source);
    case 'stuckWorkflow':
      return readStuckWorkflows(sql, source);
    case 'newError':
      return readErrors(sql, source, readers, nowMs);
    case 'ingest':
      return readTelemetry(sql, source, readers);
    case 'databaseAway':
      return Promise.resolve([readers.readOutage?.(alertType) ?? { labels: {}, value: null }]);
  }
}

interface SumsRow extends SqlRow {
  labels: string;
  value_sum: number;
  sample_count: number;
  increase: number;
  average: number | null;
  smallest: number | null;
  largest: number | null;
  latest: number | null;
}

type SumAggregate = Exclude<ResolvedAggregate['kind'], 'percentile'>;

async function readSums(
  sql: SqlRunner,
  { selection, overMs }: SourceOf<'metric'>,
  aggregate: SumAggregate,
): Promise<RuleReading[]> {
  const lookbackMs = selection.groupBy.length === 0 ? overMs : Math.max(overMs, LEAST_LOOKBACK_MS);
  const values = [...selectionToValues(selection, lookbackMs), overMs];
  const { rows } = await sql.query<SumsRow>(selectMetricSums, values);
  const readings = rows.map((row) => ({
    labels: toLabels(row.labels),
    value: aggregateOf(row, aggregate, overMs),
  }));
  const isZero = aggregate === 'rate' || aggregate === 'sum' || aggregate === 'count';
  return withOnlyGroup(readings, selection, isZero ? 0 : null);
}

function aggregateOf(row: SumsRow, aggregate: SumAggregate, overMs: number): number | null {
  switch (aggregate) {
    case 'rate':
      return row.increase / (overMs / 1_000);
    case 'sum':
      return row.value_sum;
    case 'count':
      return row.sample_count;
    case 'avg':
      return row.average;
    case 'min':
      return row.smallest;
    case 'max':
      return row.largest;
    case 'last':
      return row.latest;
  }
}

async function readPercentile(
  sql: SqlRunner,
  { selection, overMs }: SourceOf<'metric'>,
  fraction: number,
): Promise<RuleReading[]> {
  const values = [...selectionToValues(selection, overMs), fraction];
  const { rows } = await sql.query<SqlRow & PercentileParts & { labels: string }>(
    selectMetricPercentile,
    values,
  );
  const readings = rows.map((row) => ({
    labels: toLabels(row.labels),
    value: interpolatePercentile(fraction, row),
  }));
  return withOnlyGroup(readings, selection, null);
}

async function readErrorRatios(
  sql: SqlRunner,
  { selection, overMs, atLeast }: SourceOf<'errorRatio'>,
): Promise<RuleReading[]> {
  const { rows } = await sql.query<{ labels: string; total: number; failed: number }>(
    selectErrorRatios,
    selectionToValues(selection, overMs),
  );
  const readings = rows.map(({ labels, total, failed }) => ({
    labels: toLabels(labels),
    value: total < atLeast ? null : failed / total,
    details: { requests: total, failed },
  }));
  return withOnlyGroup(readings, selection, null);
}

async function readPointAges(
  sql: SqlRunner,
  { selection, lookbackMs }: SourceOf<'noData'>,
): Promise<RuleReading[]> {
  const { rows } = await sql.query<{ labels: string; age_ms: number }>(
    selectPointAges,
    selectionToValues(selection, lookbackMs),
  );
  return rows.map((row) => ({ labels: toLabels(row.labels), value: row.age_ms }));
}

async function readHeartbeat(sql: SqlRunner, { heartbeat }: SourceOf<'heartbeat'>): Promise<RuleReading[]> {
  const { rows } = await sql.query<{ never_came: boolean; age_ms: number }>(selectHeartbeatAge, [heartbeat]);
  return rows.map((row) => ({ labels: {}, value: row.age_ms, details: { neverCame: row.never_came } }));
}

async function readFailingChecks(
  sql: SqlRunner,
  { check, statuses, serviceName }: SourceOf<'health'>,
): Promise<RuleReading[]> {
  const { rows } = await sql.query<{
    check_name: string;
    service_name: string;
    failing: number;
    since_ms: number | null;
    reason: string | null;
  }>(selectFailingChecks, [check, JSON.stringify(statuses), serviceName]);
  return rows.map((row) => ({
    labels: { check: row.check_name, 'service.name': row.service_name },
    value: row.failing,
    metSinceMs: row.since_ms ?? undefined,
    details: row.reason === null ? undefined : { reason: row.reason },
  }));
}

async function readStuckWorkflows(
  sql: SqlRunner,
  { workflowType }: SourceOf<'stuckWorkflow'>,
): Promise<RuleReading[]> {
  const { rows } = await sql.query<{
    workflow_type: string;
    stuck: number;
    since_ms: number;
    oldest: string;
  }>(selectStuckWorkflows, [workflowType]);
  return rows.map((row) => ({
    labels: { 'workflow.type': row.workflow_type },
    value: row.stuck,
    details: { oldest: JSON.parse(row.oldest) as string[], overdueSince: new Date(row.since_ms) },
  }));
}

async function readErrors(
  sql: SqlRunner,
  { withinMs }: SourceOf<'newError'>,
  { serviceName, readNewErrors = readErrorGroups }: RuleReaders,
  nowMs: number,
): Promise<RuleReading[]> {
  const errors = await readNewErrors(sql, { serviceName, sinceMs: nowMs - withinMs });
  return errors.map(({ fingerprint, type, message, count, firstSeenMs }) => ({
    labels: { 'error.fingerprint': fingerprint, 'error.type': type },
    value: count,
    subject: `${type}: ${message}`,
    metSinceMs: firstSeenMs,
    details: { error: message.slice(0, MAX_MESSAGE_CHARACTERS), firstSeen: new Date(firstSeenMs) },
  }));
}

async function readTelemetry(
  sql: SqlRunner,
  { measure, overMs }: SourceOf<'ingest'>,
  { serviceName, readOwnTelemetry }: RuleReaders,
): Promise<RuleReading[]> {
  const own = readOwnTelemetry?.(overMs);
  const signals: readonly IngestSignal[] = ['spans', 'metrics'];
  if (measure === 'waiting') {
    return signals.map((signal) => ({ labels: { signal }, value: own?.[signal].waiting ?? null }));
  }
  const { rows } = await sql.query<{ signal: string; dropped: number; reasons: string }>(
    selectDroppedTelemetry,
    [overMs, serviceName],
  );
  return signals.map((signal) => {
    const stored = rows.find((row) => row.signal === signal);
    // What this process has lost is among the metrics as well, once they are stored.
    const value = Math.max(stored?.dropped ?? 0, own?.[signal].dropped ?? 0);
    return { labels: { signal }, value, details: stored && { reasons: stored.reasons } };
  });
}

function selectionToValues(selection: ResolvedSelection, backMs: number): (string | number | null)[] {
  const { name, labels, serviceName, groupBy } = selection;
  return [name, backMs, JSON.stringify(labels), serviceName, JSON.stringify(groupBy)];
}

/** Without groups there is one reading, also without a point. */
function withOnlyGroup(
  readings: RuleReading[],
  { groupBy }: ResolvedSelection,
  value: number | null,
): RuleReading[] {
  return groupBy.length === 0 && readings.length === 0 ? [{ labels: {}, value }] : readings;
}

function toLabels(json: string): Record<string, string> {
  return JSON.parse(json) as Record<string, string>;
}
