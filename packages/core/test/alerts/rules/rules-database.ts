import { AlertEvaluator, AlertManager, ensureObservabilityTables } from '@pg-observability/core';
import type { Alert, AlertEvaluatorOptions, AlertRule, SqlStore } from '@pg-observability/core';
import { embeddedStore } from '@pg-observability/core/embedded';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { testDatabase } from '@pg-observability/testkit';
import { ensurePartitions } from '../../../src/storage/partitions.ts';

/** A database with the tables. */
export interface RulesDatabase {
  store: SqlStore;
  /** Undefined for the embedded store. */
  url: string | undefined;
  close(): Promise<void>;
}

/** Opens one of its own. */
export async function openDatabase(kind: 'embedded' | 15 | 18): Promise<RulesDatabase> {
  const url = kind === 'embedded' ? undefined : (await testDatabase({ major: kind })).url;
  const store = url === undefined ? embeddedStore({ dataDir: 'memory://' }) : postgresStore(url);
  await ensureObservabilityTables(store);
  return { store, url, close: async () => store.close?.() };
}

/** Points of a counter or gauge, some seconds ago. */
export async function addPoints(
  store: SqlStore,
  points: readonly {
    name: string;
    value: number;
    secondsAgo?: number;
    type?: 'counter' | 'gauge';
    labels?: Record<string, string>;
    service?: string;
  }[],
): Promise<void> {
  await ensurePartitions(store, 'metrics', [Date.now() - 86_400_000, Date.now()]);
  await store.query(
    `insert into observability.metrics
       (recorded_at, metric_value, sample_count, metric_name, metric_type, service_name, labels, min, max)
     select clock_timestamp() - make_interval(secs => p."secondsAgo"), p.value, 1, p.name, coalesce(p.type, 'counter'),
       coalesce(p.service, 'shop'), coalesce(p.labels, '{}'),
       case when p.type = 'gauge' then p.value end, case when p.type = 'gauge' then p.value end
     from jsonb_to_recordset($1::jsonb) as p(
       name text, value float8, "secondsAgo" float8, type text, service text, labels jsonb)`,
    [JSON.stringify(points.map((point) => ({ secondsAgo: 5, ...point })))],
  );
}

/** Looks at rules once, as the service shop, and answers the alerts of a type that are open. */
export async function look(
  store: SqlStore,
  rules: readonly AlertRule[],
  options: Partial<AlertEvaluatorOptions> = {},
): Promise<AlertEvaluator> {
  const evaluator = new AlertEvaluator(store, { serviceName: 'shop', rules, ...options });
  await evaluator.evaluateOnce();
  return evaluator;
}

/** The alerts of a type, the oldest first. */
export async function alertsOf(store: SqlStore, alertType: string): Promise<Alert[]> {
  return (await new AlertManager(store).list({ alertType, limit: 10_000 })).toReversed();
}

/** Makes what is stored of rules older, as if time had passed. */
export async function passTime(store: SqlStore, seconds: number): Promise<void> {
  await store.query(
    `update observability.alert_rule_state set
       since = since - make_interval(secs => $1::float8),
       breach_changed_at = breach_changed_at - make_interval(secs => $1::float8),
       refreshed_at = refreshed_at - make_interval(secs => $1::float8)`,
    [seconds],
  );
}
