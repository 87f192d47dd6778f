import type { HealthCheckFunction, HealthCheckSettings } from './health-check.ts';
import { assertObject, invalidHealthOption, resolveBoolean, resolveMilliseconds } from './option-values.ts';
import type { WatchedCheckSettings } from './watched-check.ts';

/** The checks that are there by themselves; undefined where they are not. */
export type BuiltInChecks = Readonly<Record<'database' | 'telemetry', HealthCheckFunction | undefined>>;

const DEFAULT_BACKGROUND_MS = 10_000;
const MAX_NAME_LENGTH = 128;

/**
 * All checks by name: the built-in ones, then those of the application, which take the place of one of the same name.
 * @throws `INVALID_OPTION`
 */
export function resolveChecks(
  builtIn: BuiltInChecks,
  memoryClient: { healthCheck(): unknown } | undefined,
  checks: Readonly<Record<string, HealthCheckFunction | HealthCheckSettings>>,
  timeoutMs: number,
): ReadonlyMap<string, WatchedCheckSettings> {
  const usual = { timeoutMs, critical: true, cacheMs: 0, background: false };
  const resolved = new Map<string, WatchedCheckSettings>();
  if (builtIn.database !== undefined) {
    resolved.set('database', { ...usual, check: builtIn.database });
  }
  if (memoryClient !== undefined) {
    resolved.set('memory', { ...usual, check: memoryCheck(memoryClient) });
  }
  if (builtIn.telemetry !== undefined) {
    resolved.set('telemetry', { ...usual, check: builtIn.telemetry, critical: false });
  }
  assertObject('checks', checks);
  for (const [name, given] of Object.entries(checks)) {
    resolved.set(assertName(name), resolveCheck(`checks.${name}`, given, usual));
  }
  return resolved;
}

function resolveCheck(
  path: string,
  given: HealthCheckFunction | HealthCheckSettings,
  usual: Omit<WatchedCheckSettings, 'check'>,
): WatchedCheckSettings {
  if (typeof given === 'function') {
    return { ...usual, check: given };
  }
  assertObject(path, given);
  const { check } = given;
  if (typeof check !== 'function') {
    throw invalidHealthOption(`${path}.check`, check, 'a function');
  }
  const background = resolveBoolean(`${path}.background`, given.background, false);
  const fallbackMs = background ? DEFAULT_BACKGROUND_MS : 0;
  return {
    check,
    background,
    critical: resolveBoolean(`${path}.critical`, given.critical, true),
    timeoutMs: resolveMilliseconds(`${path}.timeoutMs`, given.timeoutMs, usual.timeoutMs),
    cacheMs: resolveMilliseconds(`${path}.cacheMs`, given.cacheMs, fallbackMs, background ? 1 : 0),
  };
}

function memoryCheck(client: { healthCheck(): unknown }): HealthCheckFunction {
  assertObject('memoryClient', client);
  if (typeof client.healthCheck !== 'function') {
    throw invalidHealthOption('memoryClient.healthCheck', client.healthCheck, 'a function');
  }
  return () => client.healthCheck();
}

function assertName(name: string): string {
  if (name.trim() === '' || name.length > MAX_NAME_LENGTH) {
    throw invalidHealthOption('The name of a check', name, `text of 1 to ${MAX_NAME_LENGTH} characters`);
  }
  return name;
}
