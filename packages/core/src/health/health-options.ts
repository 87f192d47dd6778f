import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { ObservabilityLogger } from '../logging/logger.ts';
import type { HealthCheckFunction, HealthCheckSettings } from './health-check.ts';
import type { HealthState, HealthStatus } from './health-status.ts';
import type { ResolvedHealthCheck } from './single-flight-check.ts';

/** A change of readiness. */
export interface HealthChange {
  /** Undefined at the first probe. */
  from: HealthState | undefined;
  to: HealthState;
  /** What the probe answered. */
  status: HealthStatus;
}

/** Options of `HealthChecker`. */
export interface HealthCheckerOptions {
  /**
   * A memory service, cache or the like that readiness needs; the check is called `memory`. It is down when `healthCheck`
   * throws or answers `false`, `{ healthy: false }` or `{ status: 'down' }`.
   */
  memoryClient?: { healthCheck(): unknown } | undefined;
  /**
   * Further checks of readiness by name. One called `database`, `memory` or `telemetry` takes the place of the built-in one:
   * `{ telemetry: () => true }` keeps what becomes of telemetry out of the probe.
   */
  checks?: Readonly<Record<string, HealthCheckFunction | HealthCheckSettings>> | undefined;
  /** Passes once the service can begin, for example `hasRows('dim_timeframe')`. Default: the database answers. */
  startupCheck?: HealthCheckFunction | undefined;
  /** Milliseconds each check may take. Default 1,000, the time kubelet gives a whole probe. */
  timeoutMs?: number | undefined;
  /** Called at the first probe of readiness, and when its status is another than before. */
  onStatusChange?: ((change: HealthChange) => void) | undefined;
  /** Where a change of readiness is logged, one line each. Default: the console. */
  logger?: ObservabilityLogger | undefined;
}

/** {@link HealthCheckerOptions}, checked, with the defaults filled in. */
export interface ResolvedHealthOptions {
  /** Checks of readiness by name, in the order they were given. */
  readonly checks: ReadonlyMap<string, ResolvedHealthCheck>;
  readonly startupCheck: ResolvedHealthCheck;
  readonly onStatusChange: ((change: HealthChange) => void) | undefined;
  readonly logger: ObservabilityLogger | undefined;
}

const DEFAULT_TIMEOUT_MS = 1_000;
// setTimeout takes no more; a longer delay would fire at once.
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const MAX_NAME_LENGTH = 128;

/**
 * Checks the options and fills in the defaults.
 * @param builtIn the checks that are there by themselves; `database` is undefined when there is no store, `telemetry` outside of
 * an instance
 * @throws `INVALID_OPTION`
 */
export function resolveHealthOptions(
  options: HealthCheckerOptions,
  builtIn: Readonly<Record<'database' | 'telemetry', HealthCheckFunction | undefined>>,
): ResolvedHealthOptions {
  assertObject('options', options);
  const { memoryClient, checks = {}, startupCheck, onStatusChange, logger } = options;
  const timeoutMs = resolveTimeoutMs('timeoutMs', options.timeoutMs, DEFAULT_TIMEOUT_MS);
  assertFunctionIfGiven('startupCheck', startupCheck);
  assertFunctionIfGiven('onStatusChange', onStatusChange);
  assertObject('checks', checks);
  const resolved = new Map<string, ResolvedHealthCheck>();
  if (builtIn.database !== undefined) {
    resolved.set('database', { check: builtIn.database, timeoutMs, critical: true });
  }
  if (memoryClient !== undefined) {
    resolved.set('memory', { check: memoryCheck(memoryClient), timeoutMs, critical: true });
  }
  if (builtIn.telemetry !== undefined) {
    resolved.set('telemetry', { check: builtIn.telemetry, timeoutMs, critical: false });
  }
  for (const [name, given] of Object.entries(checks)) {
    resolved.set(assertName(name), resolveCheck(name, given, timeoutMs));
  }
  const firstCheck = startupCheck ?? builtIn.database ?? (() => true);
  return {
    checks: resolved,
    startupCheck: { check: firstCheck, timeoutMs, critical: true },
    onStatusChange,
    logger,
  };
}

function memoryCheck(client: { healthCheck(): unknown }): HealthCheckFunction {
  assertObject('memoryClient', client);
  if (typeof client.healthCheck !== 'function') {
    throw invalidOption('memoryClient.healthCheck', client.healthCheck, 'a function');
  }
  return () => client.healthCheck();
}

function resolveCheck(
  name: string,
  given: HealthCheckFunction | HealthCheckSettings,
  timeoutMs: number,
): ResolvedHealthCheck {
  if (typeof given === 'function') {
    return { check: given, timeoutMs, critical: true };
  }
  const path = `checks.${name}`;
  assertObject(path, given);
  const { check, critical = true } = given;
  if (typeof check !== 'function') {
    throw invalidOption(`${path}.check`, check, 'a function');
  }
  if (typeof critical !== 'boolean') {
    throw invalidOption(`${path}.critical`, critical, 'true or false');
  }
  return { check, critical, timeoutMs: resolveTimeoutMs(`${path}.timeoutMs`, given.timeoutMs, timeoutMs) };
}

function resolveTimeoutMs(name: string, value: unknown, fallback: number): number {
  if (value === undefined) {
    return fallback;
  }
  if (typeof value === 'number' && value >= 1 && value <= MAX_TIMEOUT_MS) {
    return value;
  }
  throw invalidOption(
    name,
    value,
    `a number of milliseconds from 1 to ${MAX_TIMEOUT_MS}, for example ${fallback}`,
  );
}

function assertName(name: string): string {
  if (name.trim() === '' || name.length > MAX_NAME_LENGTH) {
    throw invalidOption('The name of a check', name, `text of 1 to ${MAX_NAME_LENGTH} characters`);
  }
  return name;
}

function assertObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(name, value, 'an object');
  }
}

function assertFunctionIfGiven(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw invalidOption(name, value, 'a function');
  }
}

function invalidOption(name: string, got: unknown, expected: string): ObservabilityError {
  const shown = name.length > 160 ? `${name.slice(0, 160)}…` : name;
  return new ObservabilityError(
    'INVALID_OPTION',
    `${shown} of HealthChecker is ${describeValue(got)}; expected ${expected}.`,
  );
}
