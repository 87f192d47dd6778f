import { describeValue } from '../arguments/describe-value.ts';

const SHOWN_NAMES = 12;

/** Names for the message of an error: the first ones, each quoted. */
export function describeNames(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, SHOWN_NAMES).map((name) => describeValue(name));
  const left = all.length - shown.length;
  return left > 0 ? `${shown.join(', ')} and ${left} more` : shown.join(', ');
}
