import type { Redact } from '../../sanitize/redact.ts';
import { cleanLabels } from '../../sanitize/clean-json.ts';
import { acceptedWindow } from '../accepted-window.ts';
import { cleanObservation } from '../clean-observation.ts';
import type { Observation } from '../clean-observation.ts';
import type { MetricOutcomes } from '../metric-outcomes.ts';
import type { MetricRow, PointValues } from '../metric-row.ts';
import { createSeriesColumns, findWidestLabel } from '../metric-series.ts';
import { OVERFLOW_LABELS } from '../series-registry.ts';
import type { SeriesOverflow } from '../overflow-warning.ts';
import { attributesToKey } from './attributes-key.ts';
import { subtractDistribution } from './distribution.ts';
import type { Distribution } from './distribution.ts';
import { ExportedSeriesRegistry } from './exported-series.ts';
import type { ExportedMetric, ExportedSeries } from './exported-series.ts';
import { firstTotalsFrom } from './first-totals.ts';
import { measureGrowth, subtractTotal } from './growth.ts';
import type { Growth, TotalPoint } from './growth.ts';
import type { MetricData, MetricDataPoint } from './metric-data.ts';
import { resolveMetricKind } from './metric-kind.ts';
import type { MetricKind } from './metric-kind.ts';
import type { MetricOrigin } from './metric-origin.ts';
import { hrTimeToMs } from './point-times.ts';
import type { PointTimes } from './point-times.ts';
import { distributionToValues, numberToValues, readExemplars } from './point-values.ts';
import { readDistribution } from './read-distribution.ts';

/** Options of {@link MetricConverter}. */
export interface MetricConverterOptions {
  redact: Redact;
  maxSeriesPerMetric: number;
  outcomes: MetricOutcomes;
  onOverflow(overflow: SeriesOverflow): void;
  /** Epoch milliseconds. */
  now(): number;
}

/** A metric whose points are converted next. */
export interface OpenMetric {
  readonly kind: MetricKind;
  readonly dataPointType: number;
  readonly observation: Observation;
  readonly origin: MetricOrigin;
  readonly scopeLabels: Readonly<Record<string, string>>;
  readonly metric: ExportedMetric;
}

/** A row, and what is true of its series once the row is taken. */
export interface ConvertedPoint {
  readonly row: MetricRow;
  readonly series: ExportedSeries;
  readonly total: ExportedSeries['total'];
  readonly balance: number;
}

/** Values of a point, or why there are none; `unchanged` where nothing has come on. */
type Reading =
  | { values: PointValues; startMs: number | undefined; total?: ExportedSeries['total']; balance?: number }
  | { refused: string; total?: ExportedSeries['total'] };

/** Turns points of OpenTelemetry into rows, and knows the series that are needed for that. Reading a point may throw. */
export class MetricConverter {
  readonly #options: MetricConverterOptions;
  readonly #registry: ExportedSeriesRegistry;
  readonly #firstTotalsFrom: number = firstTotalsFrom();

  constructor(options: MetricConverterOptions) {
    this.#options = options;
    this.#registry = new ExportedSeriesRegistry(options);
  }

  /** Looks at what all points of a metric share; undefined where none of them can be stored, which is counted. */
  open(
    data: MetricData,
    origin: MetricOrigin,
    scopeLabels: Readonly<Record<string, string>>,
  ): OpenMetric | undefined {
    const { outcomes } = this.#options;
    const { descriptor, dataPointType, aggregationTemporality, isMonotonic, dataPoints } = data;
    const { name, unit } = descriptor;
    const refuse = (reason: string): undefined => outcomes.drop(reason, name, dataPoints.length) as undefined;
    const kind = resolveMetricKind(dataPointType, aggregationTemporality, isMonotonic);
    if (kind === undefined) {
      return refuse('invalid_type');
    }
    const raw = { name, type: kind.type, value: 0, labels: undefined, unit: unit || undefined };
    const cleaned = cleanObservation(raw, {
      redact: this.#options.redact,
      onMended: (reason) => outcomes.mend(reason, name),
    });
    if ('refused' in cleaned) {
      return refuse(cleaned.refused);
    }
    const { observation } = cleaned;
    const identity = [origin.resource.resource_id, scopeLabels, observation, dataPointType, kind];
    const metric = this.#registry.metric(JSON.stringify(identity), observation.name, kind.takes === 'growth');
    return metric === undefined
      ? refuse('too_many_metrics')
      : { kind, dataPointType, observation, origin, scopeLabels, metric };
  }

  /** The row of a point; undefined where there is none, which is counted unless nothing has come on. */
  convert(open: OpenMetric, point: MetricDataPoint): ConvertedPoint | undefined {
    const { outcomes, now } = this.#options;
    const { name } = open.metric;
    const times = this.#readTimes(point);
    if (typeof times === 'string') {
      outcomes.drop(times, name);
      return undefined;
    }
    const series = this.#findSeries(open, point.attributes);
    if (series === undefined) {
      outcomes.drop('too_many_series', name);
      return undefined;
    }
    series.lastSeenAt = now();
    const reading = this.#read(open, series, { point, times });
    if ('refused' in reading) {
      series.total = reading.total ?? series.total;
      if (reading.refused !== 'unchanged') {
        outcomes.drop(reading.refused, name);
      }
      return undefined;
    }
    series.mends.forEach((reason) => outcomes.mend(reason, name));
    const { values, startMs = null, total, balance = series.balance } = reading;
    const row: MetricRow = {
      ...series.columns,
      ...values,
      recorded_at: times.timeMs,
      // A clock that was set back must not make a window that ends before it starts.
      start_time: startMs === null ? null : Math.min(startMs, times.timeMs),
    };
    return { row, series, total, balance };
  }

  /** The row of a point was taken. */
  commit({ series, total, balance }: ConvertedPoint): void {
    series.total = total;
    series.balance = balance;
  }

  /** Forgets series that had no point for an hour. */
  forgetIdle(): void {
    this.#registry.forgetIdle(this.#options.now());
  }

  #readTimes(point: MetricDataPoint): PointTimes | 'invalid_timestamp' | 'out_of_window' {
    const timeMs = hrTimeToMs(point.endTime);
    if (timeMs === undefined) {
      return 'invalid_timestamp';
    }
    const { from, to } = acceptedWindow(this.#options.now());
    return timeMs < from || timeMs > to ? 'out_of_window' : { startMs: hrTimeToMs(point.startTime), timeMs };
  }

  #read(
    { kind, dataPointType, metric }: OpenMetric,
    series: ExportedSeries,
    { point, times }: { point: MetricDataPoint; times: PointTimes },
  ): Reading {
    const { outcomes } = this.#options;
    if (kind.type === 'histogram') {
      const value = readDistribution(dataPointType, point.value, (reason) =>
        outcomes.mend(reason, metric.name),
      );
      return value === undefined
        ? { refused: 'invalid_point' }
        : this.#readHistogram(kind, series, { ...times, value }, readExemplars(point.exemplars));
    }
    const given: unknown = point.value;
    const value = typeof given === 'bigint' ? Number(given) : given;
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      return { refused: 'invalid_value' };
    }
    if (value !== given) {
      outcomes.mend('bigint_value', metric.name);
    }
    return this.#readNumber(kind, series, { ...times, value }, readExemplars(point.exemplars));
  }

  #readHistogram(
    kind: MetricKind,
    series: ExportedSeries,
    point: TotalPoint<Distribution>,
    exemplars: PointValues['exemplars'],
  ): Reading {
    const growth = this.#growthOf(kind, series, point, subtractDistribution);
    if ('refused' in growth) {
      return growth;
    }
    const total = kind.takes === 'growth' ? point : undefined;
    return growth.value.count === 0
      ? { refused: 'unchanged', total }
      : { values: distributionToValues(growth.value, exemplars), startMs: growth.startMs, total };
  }

  #readNumber(
    kind: MetricKind,
    series: ExportedSeries,
    point: TotalPoint<number>,
    exemplars: PointValues['exemplars'],
  ): Reading {
    if (kind.type === 'counter' && point.value < 0) {
      return { refused: 'negative_counter' };
    }
    const growth = this.#growthOf(kind, series, point, subtractTotal);
    if ('refused' in growth) {
      return growth;
    }
    const total = kind.takes === 'growth' ? point : undefined;
    if (growth.value === 0 && series.total !== undefined) {
      return { refused: 'unchanged', total };
    }
    const balance = kind.takes === 'balance' ? series.balance + growth.value : 0;
    const value = kind.takes === 'balance' ? balance : growth.value;
    if (!Number.isFinite(value)) {
      return { refused: 'value_overflow' };
    }
    // A gauge is a single observation. The number of an up-down counter has been added up since its start.
    const startMs = kind.temporality === null ? undefined : growth.startMs;
    return { values: numberToValues(kind.type, value, exemplars), startMs, total, balance };
  }

  /** What has come on; of points that tell that themselves, the point. */
  #growthOf<Value extends number | Distribution>(
    kind: MetricKind,
    series: ExportedSeries,
    point: TotalPoint<Value>,
    subtract: (current: Value, previous: Value) => Value | undefined,
  ): Growth<Value> | { refused: string; total?: TotalPoint<Value> } {
    if (kind.takes !== 'growth') {
      return point;
    }
    const { startMs } = point;
    const isWhole =
      startMs !== undefined && startMs >= this.#firstTotalsFrom && startMs > this.#registry.forgottenUntil;
    // The type of data is part of a metric's identity, so the total before is of the same kind.
    const growth = measureGrowth(series.total as TotalPoint<Value> | undefined, point, { isWhole, subtract });
    if (typeof growth !== 'string') {
      return growth;
    }
    return growth === 'unknown_start' ? { refused: growth, total: point } : { refused: growth };
  }

  #findSeries(open: OpenMetric, attributes: unknown): ExportedSeries | undefined {
    return this.#registry.series(open.metric, attributesToKey(attributes), {
      create: (isOverflow) => this.#createSeries(open, isOverflow ? OVERFLOW_LABELS : attributes),
      onOverflow: ({ name, series }) => {
        const widestLabel = findWidestLabel(series.values())?.label;
        this.#options.onOverflow({ name, series: series.size, widestLabel });
      },
    });
  }

  #createSeries(open: OpenMetric, attributes: unknown): ExportedSeries {
    const { kind, observation, origin, scopeLabels } = open;
    const mends: string[] = [];
    const labels = {
      ...cleanLabels(attributes, {
        redact: this.#options.redact,
        onMended: (reason) => mends.push(reason),
      }),
      ...scopeLabels,
    };
    const columns = createSeriesColumns(
      { ...observation, labels },
      { serviceName: origin.serviceName, resourceId: origin.resource.resource_id },
    );
    const { isMonotonic, temporality } = kind;
    return {
      columns: { ...columns, is_monotonic: isMonotonic, temporality },
      mends,
      lastSeenAt: this.#options.now(),
      total: undefined,
      balance: 0,
    };
  }
}
