import { cleanText } from '../../sanitize/clean-text.ts';
import type { Metadata } from '../../arguments/metadata.ts';
import type { ResolvedRule } from './resolved-rule.ts';
import { describeLimit, describeNumber } from './resolve-rule.ts';
import type { RuleOutcome } from './evaluate-rule.ts';

const MAX_TITLE_CHARACTERS = 512;
const MAX_GROUP_CHARACTERS = 100;

/** The title of an alert: that of the rule, and the group. */
export function describeTitle(
  rule: ResolvedRule,
  { labels, reading }: Pick<RuleOutcome, 'labels' | 'reading'>,
): string {
  if (reading?.subject !== undefined) {
    return cleanText(`${rule.title}: ${reading.subject.replaceAll(/\s+/g, ' ')}`, MAX_TITLE_CHARACTERS);
  }
  const group = Object.entries(labels)
    .map(([name, value]) => `${name}=${value.slice(0, MAX_GROUP_CHARACTERS)}`)
    .join(', ');
  return (group === '' ? rule.title : `${rule.title} (${group})`).slice(0, MAX_TITLE_CHARACTERS);
}

/** What happened, in words. */
export function describeMessage(rule: ResolvedRule, { value }: RuleOutcome): string {
  const limit = describeLimit(rule.limit, rule.unit);
  return value === null
    ? `${rule.valueName} is not known; it is to be told when it is ${limit}.`
    : `${rule.valueName} is ${describeNumber(value, rule.unit)}, ${limit}.`;
}

/** Why an alert was resolved, in words. */
export function describeResolution(rule: ResolvedRule, { value, reading }: RuleOutcome): string {
  if (rule.source.kind === 'databaseAway') {
    return 'The database answers again.';
  }
  if (reading === undefined || value === null) {
    return 'There is nothing to compare any more.';
  }
  return `${rule.valueName} is ${describeNumber(value, rule.unit)}, no longer ${describeLimit(rule.limit, rule.unit)}.`;
}

/** Details of an alert. */
export function describeMetadata(rule: ResolvedRule, { value, reading }: RuleOutcome): Metadata {
  return {
    rule: rule.source.kind,
    value: value === null || Number.isFinite(value) ? value : String(value),
    ...rule.limit,
    ...reading?.details,
  };
}
