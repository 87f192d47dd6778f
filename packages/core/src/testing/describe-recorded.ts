import type { Observability } from '../observability.ts';
import type { RecordedSpan } from './recorded-span.ts';

const MAX_LINES = 10;

/** The spans in short lines, for the message of a failed assertion. */
export function describeSpans(spans: readonly RecordedSpan[], observability: Observability): string {
  if (spans.length === 0) {
    const { tracing } = observability.stats();
    return tracing === 'active' || tracing === 'foreign-sdk'
      ? 'No span was recorded.'
      : `No span was recorded: tracing is '${tracing}'.`;
  }
  return describeList('Recorded spans', spans.map(describeSpan));
}

/** Some lines under a title, and how many there are besides. */
export function describeList(title: string, lines: readonly string[]): string {
  const more = lines.length > MAX_LINES ? [`  … and ${lines.length - MAX_LINES} more`] : [];
  return [`${title}:`, ...lines.slice(0, MAX_LINES).map((line) => `  ${line}`), ...more].join('\n');
}

/** A condition as a person would write it, patterns included. */
export function describeCondition(condition: object): string {
  return JSON.stringify(condition, (_key, value: unknown) =>
    value instanceof RegExp ? String(value) : value,
  );
}

function describeSpan(span: RecordedSpan): string {
  const attributes = JSON.stringify(span.attributes);
  const shown = attributes.length > 160 ? `${attributes.slice(0, 160)}…` : attributes;
  return `${span.name} (${span.kind}, ${span.status}) ${shown}`;
}
