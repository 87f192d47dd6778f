import { resolveServiceName } from '../arguments/recording-options.ts';
import type { ObservabilityLogger } from '../logging/logger.ts';
import type { HealthCheckFunction, HealthCheckSettings } from './health-check.ts';
import { resolveGroups } from './health-groups.ts';
import type { HealthGroupOptions } from './health-groups.ts';
import type { HealthState, HealthStatus } from './health-status.ts';
import type { TrackRules } from './history/health-track.ts';
import {
  assertFunctionIfGiven,
  assertObject,
  invalidHealthOption,
  resolveCount,
  resolveMilliseconds,
} from './option-values.ts';
import { resolveChecks } from './resolve-checks.ts';
import type { BuiltInChecks } from './resolve-checks.ts';
import type { WatchedCheckSettings } from './watched-check.ts';

/** A change of readiness. */
export interface HealthChange {
  /** Undefined at the first probe. */
  from: HealthState | undefined;
  to: HealthState;
  /** What the probe answered. */
  status: HealthStatus;
}

/** When a check counts as flapping. */
export interface HealthFlappingOptions {
  /** So many changes, 2 to 1,000. Default 5. */
  changes?: number | undefined;
  /** Within so many milliseconds. Default 600,000. */
  withinMs?: number | undefined;
}

/** What is stored of changes of health. */
export interface HealthHistoryOptions {
  /** Changes that wait in memory while the database is away, 10 to 100,000; past it the oldest go, counted. Default 1,000. */
  maxQueued?: number | undefined;
  /**
   * Milliseconds without a look at a check after which nothing is known of it any more. Default 300,000: an orchestrator looks every
   * 10 s, a monitor every few minutes.
   */
  gapMs?: number | undefined;
}

/** Options of `HealthChecker`. */
export interface HealthCheckerOptions {
  /**
   * A memory service, cache or the like that readiness needs; the check is called `memory`. It is down when `healthCheck`
   * throws or answers `false`, `{ healthy: false }` or `{ status: 'down' }`.
   */
  memoryClient?: { healthCheck(): unknown } | undefined;
  /**
   * Further checks by name. One called `database`, `memory` or `telemetry` takes the place of the built-in one:
   * `{ telemetry: () => true }` keeps what becomes of telemetry out of the probe.
   */
  checks?: Readonly<Record<string, HealthCheckFunction | HealthCheckSettings>> | undefined;
  /**
   * Which checks a probe looks at, by name: `live`, `ready` and `startup` are the three probes, any other name is a group of your
   * own, answered by `group(name)` and at `/healthz/<name>`. Default: `ready` has all checks, `live` and `startup` have none.
   */
  groups?: Readonly<Record<string, HealthGroupOptions>> | undefined;
  /**
   * Passes once the service can begin, for example `hasRows('dim_timeframe')`. Until then readiness refuses, too. Default: the
   * database answers.
   */
  startupCheck?: HealthCheckFunction | undefined;
  /** Milliseconds each check may take. Default 1,000, the time kubelet gives a whole probe. */
  timeoutMs?: number | undefined;
  /** Called at the first probe of readiness, and when its status is another than before. */
  onStatusChange?: ((change: HealthChange) => void) | undefined;
  /** When a check counts as flapping: it is marked then, and its log lines are held back. */
  flapping?: HealthFlappingOptions | undefined;
  /**
   * Whether changes are stored in `observability.health_transitions`. Default: true in an instance of `createObservability`, else
   * false, for it installs the schema.
   */
  history?: boolean | HealthHistoryOptions | undefined;
  /** Whose history it is, 1 to 256 characters. Default `unknown_service`; an instance has its own. */
  serviceName?: string | undefined;
  /** Where a change of readiness is logged, one line each. Default: the console. */
  logger?: ObservabilityLogger | undefined;
}

/** {@link HealthCheckerOptions}, checked, with the defaults filled in. */
export interface ResolvedHealthOptions {
  /** Checks by name, in the order they were given. */
  readonly checks: ReadonlyMap<string, WatchedCheckSettings>;
  /** Names of the checks of each group. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Undefined where the application has given none. */
  readonly startupCheck: HealthCheckFunction | undefined;
  readonly timeoutMs: number;
  readonly rules: TrackRules;
  readonly isRecording: boolean;
  readonly maxQueued: number;
  readonly serviceName: string;
  readonly onStatusChange: ((change: HealthChange) => void) | undefined;
  readonly logger: ObservabilityLogger | undefined;
}

const DEFAULT_TIMEOUT_MS = 1_000;

/**
 * Checks the options and fills in the defaults.
 * @param builtIn the checks that are there by themselves; `database` is undefined when there is no store, `telemetry` outside of
 * an instance
 * @throws `INVALID_OPTION`
 */
export function resolveHealthOptions(
  options: HealthCheckerOptions,
  builtIn: BuiltInChecks,
): ResolvedHealthOptions {
  assertObject('options', options);
  const { memoryClient, checks = {}, groups = {}, startupCheck, onStatusChange, logger } = options;
  const timeoutMs = resolveMilliseconds('timeoutMs', options.timeoutMs, DEFAULT_TIMEOUT_MS);
  assertFunctionIfGiven('startupCheck', startupCheck);
  assertFunctionIfGiven('onStatusChange', onStatusChange);
  const resolved = resolveChecks(builtIn, memoryClient, checks, timeoutMs);
  const history = resolveHistory(options.history);
  return {
    checks: resolved,
    groups: resolveGroups(groups, [...resolved.keys()]),
    startupCheck,
    timeoutMs,
    rules: { gapMs: history.gapMs, flapping: resolveFlapping(options.flapping) },
    isRecording: history.isRecording,
    maxQueued: history.maxQueued,
    serviceName: resolveServiceName(options.serviceName) ?? 'unknown_service',
    onStatusChange,
    logger,
  };
}

function resolveFlapping(flapping: HealthFlappingOptions = {}): TrackRules['flapping'] {
  assertObject('flapping', flapping);
  return {
    changes: resolveCount('flapping.changes', flapping.changes, { fallback: 5, least: 2, most: 1_000 }),
    withinMs: resolveMilliseconds('flapping.withinMs', flapping.withinMs, 600_000),
  };
}

function resolveHistory(given: boolean | HealthHistoryOptions = false): {
  isRecording: boolean;
  maxQueued: number;
  gapMs: number;
} {
  if (typeof given !== 'boolean' && (typeof given !== 'object' || given === null || Array.isArray(given))) {
    throw invalidHealthOption('history', given, 'true, false or an object such as { maxQueued: 1_000 }');
  }
  const { maxQueued, gapMs } = typeof given === 'boolean' ? {} : given;
  return {
    isRecording: given !== false,
    maxQueued: resolveCount('history.maxQueued', maxQueued, { fallback: 1_000, least: 10, most: 100_000 }),
    gapMs: resolveMilliseconds('history.gapMs', gapMs, 300_000),
  };
}
