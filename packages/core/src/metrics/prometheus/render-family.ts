import type { SeriesSnapshot } from '../series-snapshot.ts';
import { toSnapshot } from '../series-snapshot.ts';
import { countUpTo } from './bucket-bounds.ts';
import { exemplarsByBound, toExemplarText } from './exemplar-text.ts';
import type { ExpositionFormat } from './exposition-format.ts';
import type { Family } from './family-plan.ts';
import { escapeLine, escapeQuoted } from './label-text.ts';
import { mergeSnapshots } from './merge-snapshots.ts';
import { toBoundText, toNumberText } from './number-text.ts';

/** What stands above the samples of a family. */
export interface FamilyHeader {
  name: string;
  type: string;
  unit: string;
  help: string;
}

/** The comments of a family. OpenMetrics has a unit, and wants quotes escaped in help as well. */
export function renderHeader({ name, type, unit, help }: FamilyHeader, format: ExpositionFormat): string {
  if (format === 'text') {
    return `# HELP ${name} ${escapeLine(help)}\n# TYPE ${name} ${type}\n`;
  }
  const unitLine = unit === '' ? '' : `# UNIT ${name} ${unit}\n`;
  return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${escapeQuoted(help)}\n`;
}

/** A family piece by piece: its comments, then each of its series as it stands when its turn comes. */
export function* renderFamily(family: Family, format: ExpositionFormat): Generator<string> {
  // The family of a counter is called like its samples in one format, and not in the other.
  const isSuffixed = family.type === 'counter' && format === 'text';
  yield renderHeader({ ...family, name: isSuffixed ? `${family.name}_total` : family.name }, format);
  const bounds = family.bounds.map(({ bound }) => toBoundText(bound, format === 'openmetrics'));
  for (const [labels, series] of family.members) {
    const doubles = family.doubles.get(labels) ?? [];
    const snapshot = mergeSnapshots(toSnapshot(series), doubles.map(toSnapshot));
    yield renderSeries(family, { labels, snapshot, bounds, format });
  }
}

interface SeriesParts {
  /** Without braces. */
  labels: string;
  snapshot: SeriesSnapshot;
  /** As text, without +Inf. */
  bounds: readonly string[];
  format: ExpositionFormat;
}

function renderSeries(family: Family, parts: SeriesParts): string {
  const { labels, snapshot } = parts;
  switch (family.type) {
    case 'counter':
      return renderSample(`${family.name}_total`, labels, snapshot.value);
    case 'gauge':
      return renderSample(family.name, labels, snapshot.value);
    case 'histogram':
      return renderBuckets(family, parts) + renderSums(family, parts);
  }
}

function renderBuckets(family: Family, { labels, snapshot, bounds, format }: SeriesParts): string {
  const { buckets, sampleCount } = snapshot;
  const counts = buckets === null ? bounds.map(() => 0) : countUpTo(buckets, family.bounds);
  const exemplars =
    format === 'openmetrics' && snapshot.exemplars.length > 0
      ? exemplarsByBound(snapshot.exemplars, family.bounds)
      : [];
  const start = `${family.name}_bucket{${labels === '' ? '' : `${labels},`}le="`;
  let text = '';
  for (let at = 0; at <= bounds.length; at += 1) {
    const exemplar = exemplars[at];
    const behind = exemplar === undefined ? '' : toExemplarText(exemplar);
    text += `${start}${bounds[at] ?? '+Inf'}"} ${counts[at] ?? sampleCount}${behind}\n`;
  }
  return text;
}

/**
 * A sum that values below zero have a part in may fall, which to Prometheus is the restart of a process. OpenTelemetry leaves it
 * out then, and OpenMetrics the count with it.
 *
 * @source https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#histograms-1
 */
function renderSums({ name, bounds }: Family, { labels, snapshot, format }: SeriesParts): string {
  const isRising = snapshot.buckets?.negative.counts.length === 0;
  const isBoundBelowZero = (bounds[0]?.bound ?? 0) < 0;
  const hasSum = isRising && (format === 'text' || !isBoundBelowZero);
  const sum = hasSum ? renderSample(`${name}_sum`, labels, snapshot.value) : '';
  const hasCount = hasSum || format === 'text';
  return sum + (hasCount ? renderSample(`${name}_count`, labels, snapshot.sampleCount) : '');
}

/** One line. */
export function renderSample(name: string, labels: string, value: number): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${toNumberText(value)}\n`;
}
