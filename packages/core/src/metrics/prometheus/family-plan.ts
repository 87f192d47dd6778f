import type { MetricType } from '../metric.ts';
import type { Series } from '../metric-series.ts';
import { defaultBounds, toBucketBounds } from './bucket-bounds.ts';
import type { BucketBound } from './bucket-bounds.ts';
import { toLabelText } from './label-text.ts';
import { toFamilyName } from './prometheus-names.ts';
import type { FamilyName } from './prometheus-names.ts';

/** Everything of one name and type. */
export interface Family {
  readonly name: string;
  readonly type: MetricType;
  unit: string;
  /** What the metric is called in the application and in PostgreSQL. */
  readonly help: string;
  /** Empty unless it is a histogram. */
  readonly bounds: readonly BucketBound[];
  /** By the text of their labels. */
  readonly members: Map<string, Series>;
  /** Further ones that are the same to Prometheus. */
  readonly doubles: Map<string, Series[]>;
}

/** What had to give way, in series. */
export interface Clashes {
  /** Left out: the name belongs to a metric of another type. */
  name: number;
  /** Labels whose names became equal were joined. */
  labels: number;
  /** Added to a series that has become the same. */
  series: number;
}

/** Told of a metric of which something does not show; `owner` is the metric that shows instead. */
export type OnClash = (metric: Series['columns'], owner: { name: string; type: MetricType }) => void;

// Of the metric that tells about the target, and of the one that tells about clashes.
const RESERVED = ['target', 'target_info', 'pg_observability_prometheus_clashes'];

// Also those that are not written: OpenMetrics forbids names that could be taken for them. A histogram has its own name among
// them because Prometheus' parser of text takes the comments of `wait_count` for those of `wait`.
const SUFFIXES: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['', '_bucket', '_sum', '_count', '_created'],
};

/**
 * Sorts series into families, so that the document has each name once and each series once. Who comes first keeps a name.
 *
 * @source https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#metricfamily
 */
export class FamilyPlan {
  readonly clashes: Clashes = { name: 0, labels: 0, series: 0 };
  readonly #ownBounds: ReadonlyMap<string, readonly number[]>;
  readonly #onClash: OnClash;
  readonly #families = new Map<string, Family>();
  /** Family by the metric as it is recorded; null where it has lost its name. */
  readonly #familyOf = new Map<string, Family | null>();
  readonly #sampleNames = new Map<string, Family | undefined>();

  /** @param ownBounds by the name of the metric as it is recorded */
  constructor(ownBounds: ReadonlyMap<string, readonly number[]>, onClash: OnClash) {
    this.#ownBounds = ownBounds;
    this.#onClash = onClash;
    RESERVED.forEach((name) => this.#sampleNames.set(name, undefined));
  }

  add(series: Series): void {
    const family = this.#findFamily(series);
    if (family === null) {
      this.clashes.name += 1;
      return;
    }
    series.labelText ??= toLabelText(series.columns.labels);
    const { text, isJoined } = series.labelText;
    if (isJoined) {
      this.clashes.labels += 1;
    }
    if (family.members.has(text)) {
      family.doubles.set(text, [...(family.doubles.get(text) ?? []), series]);
      this.clashes.series += 1;
    } else {
      family.members.set(text, series);
    }
  }

  /** By name, so that two documents can be compared. */
  families(): Family[] {
    return [...this.#families.values()].toSorted(({ name: left }, { name: right }) =>
      left < right ? -1 : 1,
    );
  }

  #findFamily({ columns }: Series): Family | null {
    const { metric_name: name, metric_type: type, unit } = columns;
    // NUL is in no name and no unit.
    const key = `${type}\0${unit ?? ''}\0${name}`;
    const known = this.#familyOf.get(key);
    if (known !== undefined) {
      return known;
    }
    const family = this.#claim(columns);
    this.#familyOf.set(key, family);
    return family;
  }

  #claim(columns: Series['columns']): Family | null {
    const { metric_name: metric, metric_type: type } = columns;
    const { name, unit } = toFamilyName(metric, type, columns.unit);
    const found = this.#families.get(name);
    if (found !== undefined && found.type === type) {
      found.unit ||= unit;
      return found;
    }
    const samples = SUFFIXES[type].map((suffix) => name + suffix);
    const taken = samples.find((sample) => this.#sampleNames.has(sample));
    if (found !== undefined || taken !== undefined || RESERVED.includes(name)) {
      const owner = found ?? this.#sampleNames.get(taken ?? name);
      this.#onClash(columns, owner ?? { name: taken ?? name, type: 'gauge' });
      return null;
    }
    const family = this.#createFamily(columns, { name, unit });
    this.#families.set(name, family);
    samples.forEach((sample) => this.#sampleNames.set(sample, family));
    return family;
  }

  #createFamily(columns: Series['columns'], { name, unit }: FamilyName): Family {
    const { metric_name: metric, metric_type: type } = columns;
    const bounds = this.#ownBounds.get(metric) ?? defaultBounds(columns.unit);
    return {
      name,
      type,
      unit,
      help: toHelp(columns),
      bounds: type === 'histogram' ? toBucketBounds(bounds) : [],
      members: new Map(),
      doubles: new Map(),
    };
  }
}

function toHelp({ metric_name: name, metric_type: type, unit }: Series['columns']): string {
  return `${name}, recorded as a ${type}${unit === null ? '' : ` in ${unit}`}.`;
}
