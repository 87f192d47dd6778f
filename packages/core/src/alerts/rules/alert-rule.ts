import type { AlertSeverity } from '../alert.ts';
import type { Duration } from './duration.ts';

/** What all rules have. */
export interface RuleOptions {
  /** Names the rule and is the type of its alerts: one rule of a service has it. 1 to 128 characters. */
  alertType: string;
  /** How bad it is. Default `error`. */
  severity?: AlertSeverity | undefined;
  /** One line for people, 1 to 400 characters; the labels of the group are put behind it. Default: what the rule says. */
  title?: string | undefined;
  /** How long the condition must be met before the alert is raised. Default `'0s'`: at the first look. */
  for?: Duration | undefined;
  /** How long after its alert was resolved it raises none again; what comes is counted. Default `'0s'`. */
  cooldown?: Duration | undefined;
  /**
   * What a group without a value means: `ok` (default) that the condition is not met, `keep` that nothing changes, `fire` that
   * it is met. Of `noData` the default is `keep`. A rate, a sum and a count are 0 without points and so never without a value.
   */
  missing?: 'ok' | 'keep' | 'fire' | undefined;
  /** When an alert that comes and goes is held open. False never holds it. */
  flapping?: FlappingOptions | false | undefined;
}

/** When an alert flaps: it began and ceased to fire `changes` times `within` a time. It is held open until `quiet` has passed. */
export interface FlappingOptions {
  /** How often it began or ceased to fire, 2 to 100. Default 6. */
  changes?: number | undefined;
  /** In which time. Default `'1h'`, at most `'1d'`. */
  within?: Duration | undefined;
  /** How long the condition must have stayed as it is. Default `'15m'`. */
  quiet?: Duration | undefined;
}

/** What rules about metrics have. */
export interface MetricSelection {
  /** Labels the points must have. Default none. */
  labels?: Readonly<Record<string, string>> | undefined;
  /**
   * Names of labels, at most 8: each combination of their values is a group with an alert of its own, 1,000 at most.
   * `service.name` is the service. Default none: one alert.
   */
  groupBy?: readonly string[] | undefined;
  /** Whose points. Default: those of the service whose rule it is; null takes those of every service. */
  serviceName?: string | null | undefined;
}

/** How the points of a time become one number. */
export type MetricAggregate = 'rate' | 'sum' | 'count' | 'avg' | 'min' | 'max' | 'last' | `p${number}`;

/** A metric above or below a number. */
export interface MetricRule extends RuleOptions, MetricSelection {
  kind: 'metric';
  /** Name of the metric. */
  name: string;
  /**
   * `rate` is what a counter grew by per second, of a histogram its observations; `sum` the sum of values; `count` the number of
   * observations; `last` the latest value of a gauge; `p95` a percentile, `p99.9` too.
   */
  aggregate: MetricAggregate;
  /** The points of how long, at most `'1d'`. Default `'5m'`. */
  over?: Duration | undefined;
  /** Met while the number is greater. One of `above` and `below`. */
  above?: number | undefined;
  /** Met while the number is smaller. */
  below?: number | undefined;
}

/** Too large a part of the requests fails: with a status from 500, or a label `error.type`. */
export interface ErrorRatioRule extends RuleOptions, MetricSelection {
  kind: 'errorRatio';
  /** Met while the part of the requests that failed is greater, 0 to 1. */
  above: number;
  /** How many requests there must be, or there is no value. Default 20. */
  atLeast?: number | undefined;
  /** The requests of how long, at most `'1d'`. Default `'5m'`. */
  over?: Duration | undefined;
  /** The histogram that counts them. Default `http.server.request.duration`, grouped by `http.route`. */
  name?: string | undefined;
}

/** A metric that came again and again has stopped. */
export interface NoDataRule extends RuleOptions, MetricSelection {
  kind: 'noData';
  /** Name of the metric. */
  name: string;
  /** Met when no point came within this time. */
  within: Duration;
  /** Groups with at least 3 points within this time are watched. Default: 12 times `within`, at most `'1d'`. */
  lookback?: Duration | undefined;
}

/** A heartbeat (`alerts.heartbeat(name)`) did not come in time. */
export interface HeartbeatRule extends RuleOptions {
  kind: 'heartbeat';
  /** Name of the heartbeat. */
  heartbeat: string;
  /** Met when none came within this time; before the first one, since the rule was first looked at. */
  within: Duration;
}

/** A check of health is down, as `observability.health_transitions` tells. One alert for each check of a service. */
export interface HealthRule extends RuleOptions {
  kind: 'health';
  /** Name of the check. Default: all. */
  check?: string | undefined;
  /** `down` (default), or `degraded` for both. */
  status?: 'down' | 'degraded' | undefined;
  /** Whose checks. Default: those of the service whose rule it is; null takes those of every service. */
  serviceName?: string | null | undefined;
}

/** Workflows are past their deadline and not finished. One alert for each type. */
export interface StuckWorkflowRule extends RuleOptions {
  kind: 'stuckWorkflow';
  /** Type of the workflows. Default: all. */
  workflowType?: string | undefined;
  /** Met while there are more than this. Default 0. */
  above?: number | undefined;
}

/** An error that was not seen before. One alert for each. */
export interface NewErrorRule extends RuleOptions {
  kind: 'newError';
  /** How long an error is new. Default `'1h'`. */
  within?: Duration | undefined;
}

/** Telemetry is lost, or waits on the disk of this process. One alert for spans and one for metrics. */
export interface IngestRule extends RuleOptions {
  kind: 'ingest';
  /** `dropped`: rows lost by all processes of the service; `waiting`: rows that wait on the disk of the one that looks. */
  measure: 'dropped' | 'waiting';
  /** Met while there are more than this. Default 0. */
  above?: number | undefined;
  /** Of `dropped`: within how long, at most `'1d'`. Default `'5m'`. */
  over?: Duration | undefined;
}

/**
 * The database itself does not answer, for longer than `for` (default `'30s'`). The process that evaluates the rules when it goes
 * tells the receivers without it; the alert is stored when it is back, and resolved when it has answered for as long again.
 */
export interface DatabaseAwayRule extends RuleOptions {
  kind: 'databaseAway';
}

/** What is watched, and when people are to be told. */
export type AlertRule =
  | MetricRule
  | ErrorRatioRule
  | NoDataRule
  | HeartbeatRule
  | HealthRule
  | StuckWorkflowRule
  | NewErrorRule
  | IngestRule
  | DatabaseAwayRule;
