import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import { cleanLabels } from '../sanitize/clean-json.ts';
import type { Redact } from '../sanitize/redact.ts';

const MAX_LABELS = 64;

/**
 * Labels as they are stored: text, masked, and without characters PostgreSQL cannot hold.
 * @throws `INVALID_ARGUMENT` when they are no object of text, numbers and booleans, or more than 64
 */
export function toAlertLabels(labels: unknown, redact: Redact): Record<string, string> {
  if (labels === undefined) {
    return {};
  }
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    throw invalid('labels', describeValue(labels));
  }
  const entries = readEntries(labels);
  if (entries.length > MAX_LABELS) {
    throw invalid('labels', `an object of ${entries.length} labels`);
  }
  const odd = entries.find(
    ([name, value]) => name === '' || !['string', 'number', 'boolean'].includes(typeof value),
  );
  if (odd !== undefined) {
    throw invalid(`labels[${describeValue(odd[0])}]`, describeValue(odd[1]));
  }
  return cleanLabels(labels, { redact });
}

function readEntries(labels: object): [string, unknown][] {
  try {
    return Object.entries(labels);
  } catch {
    throw invalid('labels', 'an object that could not be read');
  }
}

function invalid(what: string, got: string): ObservabilityError {
  return new ObservabilityError(
    'INVALID_ARGUMENT',
    `${what} is ${got}; expected at most ${MAX_LABELS} names with text, numbers or booleans, for example { queue: 'mail' }.`,
  );
}
