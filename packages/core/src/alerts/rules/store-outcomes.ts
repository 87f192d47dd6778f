import type { AlertChangeHook } from '../alert-change.ts';
import type { ResolvedAlertOptions } from '../alert-options.ts';
import { runAlertStep } from '../alert-step.ts';
import { raiseAlertToValues } from '../alert-values.ts';
import { markFlappingAlert, resolveOpenAlert, upsertAlert } from '../alerts.sql.ts';
import type { SqlRunner } from '../../storage/sql-store.ts';
import { describeMessage, describeMetadata, describeResolution, describeTitle } from './describe-outcome.ts';
import type { RuleOutcome } from './evaluate-rule.ts';
import type { ResolvedRule } from './resolved-rule.ts';
import { statesToJson } from './rule-state-row.ts';
import { upsertRuleStates } from './rule-state.sql.ts';

/**
 * Stores what a look at a rule came to: the states, and what becomes of the alerts. In the caller's transaction, so that a state
 * never says that an alert was raised that was not.
 * @param fence of the lease; null for an evaluation by hand
 */
export async function storeOutcomes(
  sql: SqlRunner,
  rule: ResolvedRule,
  outcomes: readonly RuleOutcome[],
  options: ResolvedAlertOptions,
  fence: string | null,
): Promise<void> {
  await sql.query(upsertRuleStates, [statesToJson(options.serviceName, outcomes), fence]);
  for (const outcome of outcomes) {
    if (outcome.action === 'resolve') {
      await resolveFor(sql, outcome.fingerprint, describeResolution(rule, outcome), options);
    } else if (outcome.action === 'fire' || outcome.action === 'refresh') {
      await runAlertStep(sql, [upsertAlert, toRaiseValues(rule, outcome, options)], options.onChange);
    }
    if (outcome.flappingChanged && outcome.action !== 'resolve') {
      await sql.query(markFlappingAlert, [outcome.fingerprint, outcome.state.isFlapping]);
    }
  }
}

/** Resolves the alert of a group on behalf of its rule. */
export async function resolveFor(
  sql: SqlRunner,
  fingerprint: string,
  note: string,
  { serviceName, onChange }: { serviceName: string | null; onChange: AlertChangeHook | undefined },
): Promise<void> {
  await runAlertStep(sql, [resolveOpenAlert, [fingerprint, serviceName, note, null]], onChange);
}

function toRaiseValues(
  rule: ResolvedRule,
  outcome: RuleOutcome,
  options: ResolvedAlertOptions,
): readonly unknown[] {
  const input = {
    alertType: rule.alertType,
    severity: rule.severity,
    title: describeTitle(rule, outcome),
    message: describeMessage(rule, outcome),
    metadata: describeMetadata(rule, outcome),
    fingerprint: outcome.fingerprint,
    labels: { ...rule.labels, ...outcome.labels },
    cooldownMs: rule.cooldownMs,
  };
  return raiseAlertToValues(input, options, { correlationId: null, traceId: null });
}
