/** What a look at one rule came to. */
export interface RuleReport {
  alertType: string;
  /** False when it could not be evaluated; the other rules were all the same. */
  ok: boolean;
  /** Why not, credentials masked; null when it was. */
  error: string | null;
  /** Groups with a value or a state. */
  groups: number;
  /** Alerts that were raised because their condition is met from now on. */
  fired: number;
  /** Alerts that were resolved because it no longer is. */
  resolved: number;
  durationMs: number;
}

/** What one look at all rules came to. */
export interface AlertEvaluationReport {
  startedAt: Date;
  durationMs: number;
  /** True when every rule could be evaluated. */
  ok: boolean;
  /** Why no rule could be; null otherwise. */
  error: string | null;
  /** True when the round ended early, because another process has taken the lease over. */
  leaseLost: boolean;
  rules: RuleReport[];
}

/** What `stats()` tells of the evaluation of alert rules. */
export interface AlertEvaluatorStats {
  /** True while this process is the one that evaluates. */
  holdsLease: boolean;
  /** Rounds this process has made. */
  rounds: number;
  /** How often a rule could not be evaluated, by its alert type; only those that could not. */
  failures: Record<string, number>;
  /** Rounds in which no rule could be, because the database did not answer. */
  failedRounds: number;
  /** Rules that had more than 1,000 groups in the last round; the others were not looked at. */
  tooManyGroups: readonly string[];
  /** What the last round came to; null before the first. */
  lastReport: AlertEvaluationReport | null;
}
