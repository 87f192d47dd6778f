import { toStoreError } from '../../storage/store-errors.ts';
import type { SqlStore } from '../../storage/sql-store.ts';
import { untraced } from '../../tracing/untraced.ts';
import type { AlertChange, AlertChangeHook } from '../alert-change.ts';
import type { ResolvedAlertOptions } from '../alert-options.ts';
import { describeMessage, describeMetadata, describeTitle } from './describe-outcome.ts';
import { evaluateRule } from './evaluate-rule.ts';
import type { RuleOutcome } from './evaluate-rule.ts';
import { NO_OUTAGE, noteAnswer, noteFailure, readOutage } from './outage-state.ts';
import type { ResolvedRule, RuleSource } from './resolved-rule.ts';
import type { RuleReading } from './rule-reading.ts';
import { initialState } from './rule-state.ts';
import { createRuleFingerprint, readRuleStates } from './rule-state-row.ts';
import { storeOutcomes } from './store-outcomes.ts';

/** Tells receivers of an alert that cannot be stored now. */
export type TellDirectly = (change: AlertChange) => DirectTelling;

/** Receivers that are being told. */
export interface DirectTelling {
  /** Ends it, because the alert can be stored. Answers what is to be stored for the receivers that were not told. */
  finish(): AlertChangeHook;
}

/** A rule of the kind `databaseAway`. */
export type OutageRule = ResolvedRule & { readonly source: Extract<RuleSource, { kind: 'databaseAway' }> };

/** Whether a rule is one. */
export function isOutageRule(rule: ResolvedRule): rule is OutageRule {
  return rule.source.kind === 'databaseAway';
}

/** Options of {@link OutageAlarm}. */
export interface OutageAlarmOptions {
  store: SqlStore;
  alerts: ResolvedAlertOptions;
  tellDirectly: TellDirectly | undefined;
}

/**
 * A rule of the kind `databaseAway`: alerts are rows, and of a database that is away somebody must be told without it. The process
 * that evaluates the rules when it goes tells the receivers itself; when it is back it stores the alert, which is resolved and told
 * as every other one from there on.
 */
export class OutageAlarm {
  readonly #rule: OutageRule;
  readonly #options: OutageAlarmOptions;
  readonly #fingerprint: string;
  #state = NO_OUTAGE;
  #telling: DirectTelling | undefined;
  #settling: Promise<void> | undefined;

  constructor(rule: OutageRule, options: OutageAlarmOptions) {
    this.#rule = rule;
    this.#options = options;
    this.#fingerprint = createRuleFingerprint(options.alerts.serviceName, rule.alertType, {});
  }

  /** Resolves when an alert that was told is stored, or could not be for now. */
  get settled(): Promise<void> {
    return this.#settling ?? Promise.resolve();
  }

  get alertType(): string {
    return this.#rule.alertType;
  }

  /** What is measured for the rule. */
  read(): RuleReading {
    const nowMs = performance.now();
    const { awaySinceMs, last } = this.#state;
    // What was told is to be stored, however late that can be done.
    const quietMs = this.#telling === undefined ? this.#rule.source.quietMs : Number.POSITIVE_INFINITY;
    const value = readOutage(this.#state, { nowMs, quietMs });
    if (value === null || value === 0) {
      return { labels: {}, value };
    }
    const beganMs = awaySinceMs ?? (last === null ? nowMs : last.endedMs - last.durationMs);
    const details = {
      awaySince: toDate(beganMs, nowMs),
      ...(awaySinceMs === null && last !== null ? { backSince: toDate(last.endedMs, nowMs) } : {}),
    };
    return { labels: {}, value, details };
  }

  /** What is stored for receivers when an alert changes: those that were told of this one already know. */
  readonly onChange: AlertChangeHook = (change) => {
    const isOpened = change.from === null && this.isAbout(change);
    const onChange = isOpened ? this.#telling?.finish() : undefined;
    return (onChange ?? this.#options.alerts.onChange)?.(change) ?? [];
  };

  /** Whether a change is one of the alert of this rule. */
  isAbout({ alert }: AlertChange): boolean {
    return alert.fingerprint === this.#fingerprint;
  }

  /** A call to the database was answered. */
  noteAnswer(): void {
    this.#state = noteAnswer(this.#state, performance.now());
    if (this.#telling !== undefined) {
      this.#settling ??= this.#settle().finally(() => {
        this.#settling = undefined;
      });
    }
  }

  /** A call to the database failed. @param isHolder whether this process is the one that evaluates the rules */
  noteFailure(error: unknown, isHolder: boolean): void {
    if (toStoreError(error).code !== 'STORE_UNAVAILABLE') {
      return;
    }
    const now = { nowMs: performance.now(), isHolder, forMs: this.#rule.source.quietMs };
    const { state, tell } = noteFailure(this.#state, now);
    this.#state = state;
    if (tell) {
      this.#telling = this.#options.tellDirectly?.(this.#toChange());
    }
  }

  /** Stores what was told. Where that fails it is tried again with the next answer. */
  async #settle(): Promise<void> {
    const { store, alerts } = this.#options;
    try {
      await untraced(() => this.#store(store, { ...alerts, onChange: this.onChange }));
      this.#telling = undefined;
    } catch {
      // The queues tell of a database that is away.
    }
  }

  async #store(store: SqlStore, alerts: ResolvedAlertOptions): Promise<void> {
    const { nowMs, states } = await readRuleStates(store, alerts.serviceName);
    const own = states.filter(({ rule }) => rule === this.#rule.alertType);
    const outcomes = evaluateRule(this.#rule, alerts.serviceName, [this.read()], own, nowMs);
    if (outcomes.length > 0) {
      await store.transaction((sql) => storeOutcomes(sql, this.#rule, outcomes, alerts, null));
    }
  }

  /** The alert as it would be stored, but for its ID. */
  #toChange(): AlertChange {
    const rule = this.#rule;
    const at = new Date();
    const reading = this.read();
    const outcome: RuleOutcome = {
      fingerprint: this.#fingerprint,
      rule: rule.alertType,
      labels: {},
      state: initialState(at.getTime()),
      action: 'fire',
      reading,
      value: reading.value,
      flappingChanged: false,
    };
    const metadata = JSON.parse(JSON.stringify(describeMetadata(rule, outcome))) as Record<string, string>;
    return {
      from: null,
      to: 'firing',
      at,
      by: this.#options.alerts.serviceName ?? undefined,
      alert: {
        id: 0,
        alertType: rule.alertType,
        severity: rule.severity,
        title: describeTitle(rule, outcome),
        message: describeMessage(rule, outcome),
        state: 'firing',
        count: 1,
        fingerprint: this.#fingerprint,
        metadata,
        labels: {},
        serviceName: this.#options.alerts.serviceName,
        correlationId: null,
        traceId: null,
        triggeredAt: at,
        lastTriggeredAt: at,
        acknowledgedAt: null,
        acknowledgedBy: null,
        acknowledgedNote: null,
        resolvedAt: null,
        resolvedBy: null,
        resolvedNote: null,
        silencedUntil: null,
        isFlapping: false,
        suppressedCount: 0,
      },
    };
  }
}

function toDate(ms: number, nowMs: number): Date {
  return new Date(Date.now() - (nowMs - ms));
}
