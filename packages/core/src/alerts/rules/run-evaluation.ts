import { withFence } from '../../housekeeping/lease-grant.ts';
import type { LeaseGrant } from '../../housekeeping/lease-grant.ts';
import type { SqlRunner, SqlStore } from '../../storage/sql-store.ts';
import { toStoreError, withTimeout } from '../../storage/store-errors.ts';
import { untraced } from '../../tracing/untraced.ts';
import type { ResolvedAlertOptions } from '../alert-options.ts';
import { markSilenced } from '../silences/silence-steps.ts';
import { evaluateRule } from './evaluate-rule.ts';
import type { AlertEvaluationReport, RuleReport } from './evaluation-report.ts';
import type { RuleReaders } from './read-rule.ts';
import { readRule } from './read-rule.ts';
import { limitReadTime, MAX_GROUPS } from './readings.sql.ts';
import type { ResolvedRule } from './resolved-rule.ts';
import type { RuleReading } from './rule-reading.ts';
import { readRuleStates, statesToJson } from './rule-state-row.ts';
import type { RuleSnapshot, StoredRuleState } from './rule-state-row.ts';
import { upsertRuleStates } from './rule-state.sql.ts';
import { resolveFor, storeOutcomes } from './store-outcomes.ts';

/** What one look at all rules needs. */
export interface EvaluationContext {
  store: SqlStore;
  /** Resolves once the tables are there. */
  ready: () => Promise<void>;
  /** In the order in which they are looked at. */
  rules: readonly ResolvedRule[];
  readers: RuleReaders;
  ruleTimeoutMs: number;
  alerts: ResolvedAlertOptions;
  /** Undefined for a call by hand. */
  grant: LeaseGrant | undefined;
  /** Told of a rule that has more groups than are looked at. */
  onTooManyGroups: (alertType: string) => void;
}

// The database ends a read that takes too long; this is for one that is not heard of any more.
const UNHEARD_MARGIN_MS = 2_000;

/** A rule that nobody has looked at for so long is taken for gone; in a rolling deployment the old rules are still looked at. */
const GONE_AFTER_MS = 3_600_000;

/** One look at all rules, each by itself. Never rejects. */
export async function runEvaluation(context: EvaluationContext): Promise<AlertEvaluationReport> {
  const startedAt = new Date();
  const begin = performance.now();
  const rules: RuleReport[] = [];
  let leaseLost = false;
  let error: string | null = null;
  try {
    await bounded(context, context.ready);
    const snapshot = await bounded(context, () => readRuleStates(context.store, context.alerts.serviceName));
    leaseLost = !(await tidy(context, snapshot));
    for (const rule of context.rules) {
      if (leaseLost) {
        break;
      }
      const [report, held] = await lookAt(context, rule, snapshot);
      rules.push(report);
      leaseLost = !held;
    }
  } catch (reason) {
    error = toStoreError(reason).message;
  }
  const ok = error === null && rules.every((rule) => rule.ok);
  return { startedAt, durationMs: performance.now() - begin, ok, error, leaseLost, rules };
}

/** Ends silences whose time is over, and alerts whose rule is gone. Answers whether the lease is still ours. */
async function tidy(context: EvaluationContext, { nowMs, states }: RuleSnapshot): Promise<boolean> {
  const { store, alerts, grant, rules } = context;
  const known = new Set(rules.map(({ alertType }) => alertType));
  const gone = states.filter(
    ({ rule, state }) =>
      !known.has(rule) && state.state !== 'ok' && nowMs - state.refreshedAtMs > GONE_AFTER_MS,
  );
  const outcome = await bounded(context, () =>
    withFence(store, grant, async (sql) => {
      await markSilenced(sql, alerts.serviceName, alerts.onChange);
      for (const { fingerprint, state } of gone) {
        if (state.state === 'firing') {
          await resolveFor(sql, fingerprint, 'The rule is gone.', alerts);
        }
      }
      if (gone.length > 0) {
        const ended = gone.map((each) => ({
          ...each,
          state: { ...each.state, state: 'ok' as const },
          value: null,
        }));
        await sql.query(upsertRuleStates, [statesToJson(alerts.serviceName, ended), grant?.fence ?? null]);
      }
    }),
  );
  return outcome.held;
}

/** A failing rule stops no other. Answers whether the lease is still ours. */
async function lookAt(
  context: EvaluationContext,
  rule: ResolvedRule,
  snapshot: RuleSnapshot,
): Promise<[RuleReport, held: boolean]> {
  const begin = performance.now();
  const { alertType } = rule;
  const report = { alertType, ok: true, error: null, groups: 0, fired: 0, resolved: 0, durationMs: 0 };
  try {
    const readings = await readWithin(context, rule, snapshot.nowMs);
    const states = snapshot.states.filter((state) => state.rule === alertType);
    const outcome = await decide(context, rule, { readings, states, nowMs: snapshot.nowMs });
    const durationMs = performance.now() - begin;
    const groups = Math.max(readings.length, states.length);
    return [{ ...report, ...outcome.counts, groups, durationMs }, outcome.held];
  } catch (reason) {
    const error = toStoreError(reason).message;
    return [{ ...report, ok: false, error, durationMs: performance.now() - begin }, true];
  }
}

async function readWithin(
  context: EvaluationContext,
  rule: ResolvedRule,
  nowMs: number,
): Promise<RuleReading[]> {
  const { store, readers, ruleTimeoutMs, onTooManyGroups } = context;
  const readings = await bounded(context, () =>
    store.transaction(async (sql: SqlRunner) => {
      await sql.query(limitReadTime, [String(ruleTimeoutMs)]);
      return readRule(sql, rule, readers, nowMs);
    }),
  );
  if (readings.length > MAX_GROUPS) {
    onTooManyGroups(rule.alertType);
  }
  return readings.slice(0, MAX_GROUPS);
}

async function decide(
  context: EvaluationContext,
  rule: ResolvedRule,
  { readings, states, nowMs }: { readings: RuleReading[]; states: StoredRuleState[]; nowMs: number },
): Promise<{ held: boolean; counts: Pick<RuleReport, 'fired' | 'resolved'> }> {
  const { store, alerts, grant } = context;
  const outcomes = evaluateRule(rule, alerts.serviceName, readings, states, nowMs);
  if (outcomes.length === 0) {
    return { held: true, counts: { fired: 0, resolved: 0 } };
  }
  const { held } = await bounded(context, () =>
    withFence(store, grant, (sql) => storeOutcomes(sql, rule, outcomes, alerts, grant?.fence ?? null)),
  );
  const count = (wanted: string): number =>
    held ? outcomes.filter(({ action }) => action === wanted).length : 0;
  return { held, counts: { fired: count('fire'), resolved: count('resolve') } };
}

function bounded<Result>({ ruleTimeoutMs }: EvaluationContext, work: () => Promise<Result>): Promise<Result> {
  return withTimeout(untraced(work), ruleTimeoutMs + UNHEARD_MARGIN_MS);
}
