import { cleanLabels } from '../../sanitize/clean-json.ts';
import type { Redact } from '../../sanitize/redact.ts';
import type { ResolvedAggregate, ResolvedSelection } from './resolved-rule.ts';
import { invalidRule, toText } from './rule-option.ts';
import type { Given } from './rule-option.ts';

/** What rules are resolved with. */
export interface RuleContext {
  /** Service whose rules they are; null for none. */
  readonly serviceName: string | null;
  readonly redact: Redact;
}

const MAX_NAME_CHARACTERS = 255;
const MAX_LABELS = 64;
const MAX_GROUP_LABELS = 8;

/** The keys of `MetricSelection`. */
export const SELECTION_KEYS: readonly string[] = ['labels', 'groupBy', 'serviceName'];

/** @throws `INVALID_OPTION` */
export function resolveSelection(
  path: string,
  rule: Given,
  context: RuleContext,
  defaults: { name?: string; groupBy?: readonly string[] } = {},
): ResolvedSelection {
  return Object.freeze({
    name: toText(`${path}.name`, rule['name'] ?? defaults.name, MAX_NAME_CHARACTERS),
    labels: resolveLabels(`${path}.labels`, rule['labels'], context.redact),
    groupBy: resolveGroupBy(`${path}.groupBy`, rule['groupBy'] ?? defaults.groupBy),
    serviceName: resolveService(`${path}.serviceName`, rule['serviceName'], context),
  });
}

/** Null for every service. @throws `INVALID_OPTION` */
export function resolveService(path: string, value: unknown, { serviceName }: RuleContext): string | null {
  return value === undefined ? serviceName : value === null ? null : toText(path, value, 256);
}

/** @throws `INVALID_OPTION` */
export function resolveAggregate(path: string, value: unknown): ResolvedAggregate {
  switch (value) {
    case 'rate':
    case 'sum':
    case 'count':
    case 'avg':
    case 'min':
    case 'max':
    case 'last':
      return { kind: value };
    default: {
      const percent = typeof value === 'string' ? /^p(\d{1,3}(?:\.\d{1,6})?)$/.exec(value)?.[1] : undefined;
      if (percent === undefined || Number(percent) > 100) {
        const words = "'rate', 'sum', 'count', 'avg', 'min', 'max', 'last', or a percentile such as 'p95'";
        throw invalidRule(path, value, `one of ${words}`);
      }
      return { kind: 'percentile', fraction: Number(percent) / 100 };
    }
  }
}

function resolveLabels(path: string, labels: unknown, redact: Redact): Readonly<Record<string, string>> {
  if (labels === undefined) {
    return {};
  }
  const entries =
    typeof labels === 'object' && labels !== null && !Array.isArray(labels) ? Object.entries(labels) : [];
  if (entries.length === 0 || entries.length > MAX_LABELS) {
    throw invalidRule(path, labels, `an object of 1 to ${MAX_LABELS} labels such as { queue: 'mail' }`);
  }
  for (const [name, value] of entries) {
    toText(`a name in ${path}`, name, MAX_NAME_CHARACTERS);
    if (typeof value !== 'string') {
      throw invalidRule(`${path}.${name.slice(0, 40)}`, value, 'text');
    }
  }
  // The same cleaning as when recording, so that what was stored can be found.
  return Object.freeze(cleanLabels(labels, { redact }));
}

function resolveGroupBy(path: string, groupBy: unknown): readonly string[] {
  if (groupBy === undefined) {
    return [];
  }
  if (!Array.isArray(groupBy) || groupBy.length > MAX_GROUP_LABELS) {
    throw invalidRule(path, groupBy, `an array of at most ${MAX_GROUP_LABELS} names of labels`);
  }
  const names = Array.from(groupBy, (name: unknown, index) =>
    toText(`${path}[${index}]`, name, MAX_NAME_CHARACTERS),
  );
  return Object.freeze([...new Set(names)].sort());
}
