/// <reference lib="es2024.string" />

import { createHash } from 'node:crypto';
import type { Alert } from '../alert.ts';
import type { AlertDeliveryOptions, AlertGroupField, ResolvedDelivery } from './delivery-options.ts';
import type { AlertLink } from './receiver-options.ts';
import { invalidOption, isOptions, resolveMs } from './option-checks.ts';
import { resolveReceivers } from './resolve-receivers.ts';
import { resolveRoute } from './resolve-route.ts';

/** The keys of {@link AlertDeliveryOptions}. */
export const DELIVERY_KEYS: readonly string[] = [
  'receivers',
  'route',
  'groupBy',
  'groupWaitMs',
  'groupIntervalMs',
  'repeatIntervalMs',
  'giveUpAfterMs',
  'linkTo',
];

const GROUP_FIELDS: readonly AlertGroupField[] = ['alertType', 'severity', 'serviceName', 'fingerprint'];

const DAY_MS = 86_400_000;
const MAX_GROUP_KEY_CHARACTERS = 256;

/**
 * Checks the option `alerts` and fills the defaults in. Undefined where there is nobody to tell.
 * @param otherNames names that may stand beside the ones of delivery
 * @throws `INVALID_OPTION` with what came and what is expected
 */
export function resolveDelivery(
  options: AlertDeliveryOptions | undefined,
  otherNames: readonly string[] = [],
): ResolvedDelivery | undefined {
  if (options === undefined) {
    return undefined;
  }
  const given: unknown = options;
  if (!isOptions(given)) {
    throw invalidOption('alerts', given, "an object such as { receivers: { ops: { kind: 'log' } } }");
  }
  const allowed = [...DELIVERY_KEYS, ...otherNames];
  const unknown = Object.keys(options).find((name) => !allowed.includes(name));
  if (unknown !== undefined) {
    throw invalidOption('a key of alerts', unknown, allowed.join(', '));
  }
  const { repeatIntervalMs } = options;
  const receivers = resolveReceivers(
    options.receivers,
    repeatIntervalMs === false
      ? null
      : resolveMs('alerts.repeatIntervalMs', repeatIntervalMs, 4 * 3_600_000, 60_000),
  );
  const names = receivers.map(({ name }) => name);
  const resolved: ResolvedDelivery = Object.freeze({
    receivers,
    route: resolveRoute(options.route, names),
    groupKey: resolveGroupKey(options.groupBy),
    groupWaitMs: resolveMs('alerts.groupWaitMs', options.groupWaitMs, 10_000, 0),
    groupIntervalMs: resolveMs('alerts.groupIntervalMs', options.groupIntervalMs, 30_000, 0),
    giveUpAfterMs: resolveMs('alerts.giveUpAfterMs', options.giveUpAfterMs, DAY_MS, 1_000),
    linkTo: resolveLink(options.linkTo),
  });
  return receivers.length === 0 ? undefined : resolved;
}

function resolveGroupKey(groupBy: AlertDeliveryOptions['groupBy'] = []): (alert: Alert) => string {
  if (typeof groupBy === 'function') {
    // What a function of the application does wrong must not lose an alert: then the alert is in the group of all.
    return (alert) => {
      try {
        return shorten(String(groupBy(alert)));
      } catch {
        return '';
      }
    };
  }
  const fields: unknown = groupBy;
  if (!isGroupFields(fields)) {
    throw invalidOption(
      'alerts.groupBy',
      Array.isArray(fields) ? fields.find((field) => !isGroupFields([field])) : fields,
      `a function, or a list out of ${GROUP_FIELDS.join(', ')}`,
    );
  }
  return (alert) => shorten(JSON.stringify(fields.map((field) => alert[field])));
}

function isGroupFields(value: unknown): value is readonly AlertGroupField[] {
  return Array.isArray(value) && value.every((field) => (GROUP_FIELDS as readonly unknown[]).includes(field));
}

function shorten(key: string): string {
  return key.length > MAX_GROUP_KEY_CHARACTERS || key.includes('\0') || !key.isWellFormed()
    ? createHash('sha256').update(key).digest('hex')
    : key;
}

function resolveLink(linkTo: unknown): AlertLink {
  if (linkTo === undefined) {
    return () => undefined;
  }
  if (typeof linkTo !== 'function') {
    throw invalidOption('alerts.linkTo', linkTo, 'a function (alert) => url');
  }
  return (alert) => {
    try {
      const link: unknown = (linkTo as AlertLink)(alert);
      return typeof link === 'string' && link.length <= 2_000 ? toHttpUrl(link) : undefined;
    } catch {
      return undefined;
    }
  };
}

/** As the parser writes it, so that no quote, space or angle bracket is left in it. */
function toHttpUrl(link: string): string | undefined {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url.href : undefined;
}
