import type { AlertSeverity } from '../alert.ts';
import type { RuleTiming } from './rule-state.ts';

/** Which points of which metric, checked. */
export interface ResolvedSelection {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly groupBy: readonly string[];
  /** Null for every service. */
  readonly serviceName: string | null;
}

/** How the points of a window become one number. */
export type ResolvedAggregate =
  | { readonly kind: 'rate' | 'sum' | 'count' | 'avg' | 'min' | 'max' | 'last' }
  | { readonly kind: 'percentile'; readonly fraction: number };

/** What is read for a rule. */
export type RuleSource =
  | {
      readonly kind: 'metric';
      readonly selection: ResolvedSelection;
      readonly aggregate: ResolvedAggregate;
      readonly overMs: number;
    }
  | {
      readonly kind: 'errorRatio';
      readonly selection: ResolvedSelection;
      readonly overMs: number;
      readonly atLeast: number;
    }
  | { readonly kind: 'noData'; readonly selection: ResolvedSelection; readonly lookbackMs: number }
  | { readonly kind: 'heartbeat'; readonly heartbeat: string }
  | {
      readonly kind: 'health';
      readonly check: string | null;
      readonly statuses: readonly string[];
      readonly serviceName: string | null;
    }
  | { readonly kind: 'stuckWorkflow'; readonly workflowType: string | null }
  | { readonly kind: 'newError'; readonly withinMs: number }
  /** `quietMs`: until the database has answered for so long, it counts as away. */
  | { readonly kind: 'databaseAway'; readonly quietMs: number }
  | { readonly kind: 'ingest'; readonly measure: 'dropped' | 'waiting'; readonly overMs: number };

/** When the condition is met: the value is greater, or smaller. */
export type RuleLimit = { readonly above: number } | { readonly below: number };

/** A rule that was checked, with every default filled in. */
export interface ResolvedRule extends RuleTiming {
  readonly alertType: string;
  readonly severity: AlertSeverity;
  readonly title: string;
  /** Labels of all its alerts, besides those of their group. */
  readonly labels: Readonly<Record<string, string>>;
  readonly cooldownMs: number;
  readonly limit: RuleLimit;
  /** The value in words, for the message: `the rate of orders.failed over 5 min`. */
  readonly valueName: string;
  readonly unit: string;
  readonly source: RuleSource;
}
