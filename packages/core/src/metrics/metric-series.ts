import { createAggregate } from './aggregate.ts';
import type { Aggregate } from './aggregate.ts';
import { isAcceptable } from './clean-observation.ts';
import type { Observation } from './clean-observation.ts';
import type { MetricType } from './metric.ts';
import type { MetricRow, SeriesColumns } from './metric-row.ts';
import type { LabelText } from './prometheus/label-text.ts';
import { SeriesTotals } from './series-totals.ts';

/** Who records: the columns that are the same for everything a process writes. */
export interface RecordingProcess {
  serviceName: string | null;
  resourceId: string | null;
}

/** One metric with one set of labels. */
export interface Series {
  readonly columns: SeriesColumns;
  /** What was recorded in the open window. */
  readonly aggregate: Aggregate;
  /** True while something was recorded in the open window. */
  isOpen: boolean;
  /** True when the registry has let go of it; whoever holds it still must recall it before recording. */
  isForgotten: boolean;
  /** Its labels as a scrape writes them, kept from the first one on. */
  labelText?: LabelText;
  /** Since the process began, without the open window. */
  readonly totals: SeriesTotals;
  /** Epoch milliseconds at which the open window began. */
  startTime: number;
  /** Epoch milliseconds of the last window that held something. */
  lastActiveAt: number;
}

/** A series in which nothing was recorded yet. */
export function createSeries(columns: SeriesColumns, now: number): Series {
  return {
    columns,
    aggregate: createAggregate(columns.metric_type, isFailing(columns.labels)),
    isOpen: false,
    isForgotten: false,
    totals: new SeriesTotals(),
    startTime: now,
    lastActiveAt: now,
  };
}

// By the names of OpenTelemetry's conventions: a failure has an error.type, and an answer of 5xx is one.
function isFailing(labels: SeriesColumns['labels']): boolean {
  return labels['error.type'] !== undefined || /^5\d\d$/.test(labels['http.response.status_code'] ?? '');
}

/** The columns of the series an observation belongs to. */
export function createSeriesColumns(observation: Observation, process: RecordingProcess): SeriesColumns {
  const { name, type, labels, unit } = observation;
  return {
    metric_name: name,
    metric_type: type,
    is_monotonic: type === 'counter' ? true : null,
    temporality: type === 'gauge' ? null : 'delta',
    labels,
    unit,
    service_name: process.serviceName,
    resource_id: process.resourceId,
  };
}

/** Equal for equal type and labels, whatever their order. */
export function createSeriesKey(type: MetricType, labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels).toSorted();
  return JSON.stringify([type, ...names.map((name) => [name, labels[name]])]);
}

/** Takes values into the open window of a series. @returns how many of them could be taken */
export function addAll({ aggregate, columns }: Series, values: readonly number[]): number {
  return values.filter((value) => isAcceptable(columns.metric_type, value) && aggregate.add(value)).length;
}

/** Closes the window of a series: its point, or undefined when there is none. */
export function closeWindow(series: Series, endTime: number): MetricRow | undefined {
  const { aggregate, columns, startTime } = series;
  if (!series.isOpen) {
    return undefined;
  }
  const values = aggregate.toValues();
  aggregate.clear();
  series.isOpen = false;
  series.lastActiveAt = endTime;
  series.totals.add(values);
  // A clock that was set back must not make a window that ends before it starts.
  return { ...columns, ...values, recorded_at: endTime, start_time: Math.min(startTime, endTime) };
}

/** The label with the most values, which is the one that made too many series. */
export function findWidestLabel(
  series: Iterable<Pick<Series, 'columns'>>,
): { label: string; values: number } | undefined {
  const valuesOf = new Map<string, Set<string>>();
  for (const { columns } of series) {
    for (const [label, value] of Object.entries(columns.labels)) {
      const values = valuesOf.get(label) ?? new Set<string>();
      valuesOf.set(label, values.add(value));
    }
  }
  let widest: { label: string; values: number } | undefined;
  for (const [label, { size }] of valuesOf) {
    if (size > (widest?.values ?? 0)) {
      widest = { label, values: size };
    }
  }
  return widest;
}
