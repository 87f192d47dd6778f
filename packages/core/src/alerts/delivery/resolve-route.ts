import type { Alert } from '../alert.ts';
import { ALERT_SEVERITIES } from '../alert.ts';
import type { AlertRoute } from './delivery-options.ts';
import { invalidOption, isOptions } from './option-checks.ts';

type Router = (alert: Alert) => readonly string[];

const ROUTE_KEYS = ['receivers', 'minSeverity', 'alertType', 'serviceName'];

/**
 * Checks `alerts.route` and makes one function of it, which never throws and answers each name once.
 * @param names of all receivers
 * @throws `INVALID_OPTION`
 */
export function resolveRoute(route: unknown, names: readonly string[]): Router {
  if (route === undefined) {
    return () => names;
  }
  if (typeof route === 'function') {
    return (alert) => {
      try {
        const chosen: unknown = (route as Router)(alert);
        // Told too often is better than not told: also where a function answers a promise, or names nobody has.
        return Array.isArray(chosen) ? keepKnown(chosen, names) : names;
      } catch {
        return names;
      }
    };
  }
  if (!Array.isArray(route)) {
    throw invalidOption('alerts.route', route, "a function, or a list such as [{ receivers: 'ops' }]");
  }
  const matchers = route.map((each: unknown, index) => toMatcher(each, `alerts.route[${index}]`, names));
  return (alert) => [...new Set(matchers.flatMap((matcher) => matcher(alert)))];
}

function keepKnown(chosen: readonly unknown[], names: readonly string[]): readonly string[] {
  const known = names.filter((name) => chosen.includes(name));
  return known.length === 0 && chosen.length > 0 ? names : known;
}

function toMatcher(route: unknown, path: string, names: readonly string[]): Router {
  if (!isOptions(route)) {
    throw invalidOption(path, route, "an object such as { receivers: 'ops', minSeverity: 'error' }");
  }
  const unknown = Object.keys(route).find((key) => !ROUTE_KEYS.includes(key));
  if (unknown !== undefined) {
    throw invalidOption(`A key of ${path}`, unknown, ROUTE_KEYS.join(', '));
  }
  const { receivers, minSeverity, alertType, serviceName } = route as unknown as AlertRoute;
  const targets = toReceivers(`${path}.receivers`, receivers, names);
  const conditions = [
    toSeverityCondition(`${path}.minSeverity`, minSeverity),
    toTextCondition(`${path}.alertType`, alertType, true, ({ alertType: type }) => type),
    toTextCondition(`${path}.serviceName`, serviceName, false, ({ serviceName: name }) => name),
  ];
  return (alert) => (conditions.every((condition) => condition(alert)) ? targets : []);
}

function toReceivers(path: string, receivers: unknown, names: readonly string[]): readonly string[] {
  const targets: unknown[] = Array.isArray(receivers) ? receivers : [receivers];
  const wrong = targets.find((target) => !(names as readonly unknown[]).includes(target));
  if (targets.length === 0 || wrong !== undefined || targets.includes(undefined)) {
    throw invalidOption(path, wrong, `names out of alerts.receivers: ${names.join(', ') || 'there is none'}`);
  }
  return targets as string[];
}

function toSeverityCondition(path: string, minSeverity: unknown): (alert: Alert) => boolean {
  if (minSeverity === undefined) {
    return () => true;
  }
  const severities: readonly unknown[] = ALERT_SEVERITIES;
  const least = severities.indexOf(minSeverity);
  if (least === -1) {
    throw invalidOption(path, minSeverity, `one of ${ALERT_SEVERITIES.join(', ')}`);
  }
  return ({ severity }) => severities.indexOf(severity) >= least;
}

function toTextCondition(
  path: string,
  given: unknown,
  takesPatterns: boolean,
  read: (alert: Alert) => string | null,
): (alert: Alert) => boolean {
  if (given === undefined) {
    return () => true;
  }
  const wanted: unknown[] = Array.isArray(given) ? given : [given];
  const isWanted = (each: unknown): each is string | RegExp =>
    typeof each === 'string' || (takesPatterns && each instanceof RegExp);
  if (wanted.length === 0 || !wanted.every(isWanted)) {
    throw invalidOption(
      path,
      given,
      takesPatterns ? 'a text, a pattern, or a list of them' : 'a text, or a list',
    );
  }
  // A pattern with the flag g or y remembers where it was, and matches every other time.
  const tests = wanted.map((each) =>
    typeof each === 'string' ? each : new RegExp(each.source, each.flags.replace(/[gy]/g, '')),
  );
  return (alert) => {
    const text = read(alert);
    return (
      text !== null && tests.some((test) => (typeof test === 'string' ? test === text : test.test(text)))
    );
  };
}
