import type { Series } from '../metric-series.ts';
import type { ExpositionFormat } from './exposition-format.ts';
import { FamilyPlan } from './family-plan.ts';
import type { Clashes, OnClash } from './family-plan.ts';
import { toLabelText } from './label-text.ts';
import { renderFamily, renderHeader, renderSample } from './render-family.ts';

/** What a document is made of. */
export interface DocumentParts {
  /** Those that have recorded something. */
  series: Iterable<Series>;
  /** Attributes of the resource, as text. */
  resource: Readonly<Record<string, string>>;
  /** Bounds of histograms by the name of the metric, where they are not the default ones. */
  bounds: ReadonlyMap<string, readonly number[]>;
  format: ExpositionFormat;
  onClash: OnClash;
}

/**
 * A document piece by piece, so that who takes the pieces can pause between any two. Pieces may be empty.
 *
 * @source https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md
 * @source https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 */
export function* renderDocument({
  series,
  resource,
  bounds,
  format,
  onClash,
}: DocumentParts): Generator<string> {
  const plan = new FamilyPlan(bounds, onClash);
  for (const each of series) {
    plan.add(each);
    yield '';
  }
  yield renderTarget(resource, format);
  for (const family of plan.families()) {
    yield* renderFamily(family, format);
  }
  yield renderClashes(plan.clashes, format);
  if (format === 'openmetrics') {
    yield '# EOF\n';
  }
}

/** Who is scraped; text has no type for it. */
function renderTarget(resource: Readonly<Record<string, string>>, format: ExpositionFormat): string {
  const { text } = toLabelText(resource);
  if (text === '') {
    return '';
  }
  const isText = format === 'text';
  const header = {
    name: isText ? 'target_info' : 'target',
    type: isText ? 'gauge' : 'info',
    unit: '',
    help: 'Attributes of the resource.',
  };
  return renderHeader(header, format) + renderSample('target_info', text, 1);
}

/** There is one always, so that it can be watched before it matters. */
function renderClashes({ name, labels, series }: Clashes, format: ExpositionFormat): string {
  const family = 'pg_observability_prometheus_clashes';
  const help =
    'Series that give way in this document: left out because a metric of another type has the name, with labels joined because their names became equal, added to a series that became the same.';
  return [
    renderHeader({ name: family, type: 'gauge', unit: '', help }, format),
    renderSample(family, 'kind="name"', name),
    renderSample(family, 'kind="labels"', labels),
    renderSample(family, 'kind="series"', series),
  ].join('');
}
