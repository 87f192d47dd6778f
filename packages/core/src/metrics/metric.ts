/** What a metric measures: a number that only grows, a number that goes up and down, or a distribution. */
export type MetricType = 'counter' | 'gauge' | 'histogram';

/**
 * Labels that tell the series of a metric apart. Keep the number of values small: a route pattern, not a URL.
 * @example `{ route: '/orders/:id', status: 200 }`
 */
export type MetricLabels = Readonly<Record<string, string | number | boolean>>;

/**
 * One observation, with the time it was made.
 * @example `{ name: 'import.rows', value: 1200, metricType: 'gauge', timestamp: new Date('2026-01-31T23:59:00Z'), labels: {} }`
 */
export interface Metric {
  /** 1 to 255 characters. */
  name: string;
  /** A finite number; of a counter, the increment. */
  value: number;
  metricType: MetricType;
  /** When it was observed: a Date, or milliseconds since 1970. From 13 months ago until a day ahead. */
  timestamp: Date | number;
  labels: MetricLabels;
  /** UCUM unit, for example `s`, `By` or `{request}`. */
  unit?: string;
}

/** A stored point: one observation of `record`, or what a process recorded in one window. */
export interface MetricPoint {
  name: string;
  metricType: MetricType;
  /** The observation (`record`), the growth in the window (counter), the last value (gauge) or the sum (histogram). */
  value: number;
  /** When it was observed, or the end of the window. */
  timestamp: Date;
  /** Start of the window; null for a single observation. */
  startTime: Date | null;
  labels: Record<string, string>;
  /** How many observations the point holds. */
  sampleCount: number;
  /** Smallest observation of the point; null for a counter. */
  min: number | null;
  /** Largest observation of the point; null for a counter. */
  max: number | null;
  unit: string | null;
  serviceName: string | null;
}

/** Which points `query` returns. */
export interface MetricQuery {
  /** First moment that counts: a Date, or milliseconds since 1970. Default: 13 months ago, the oldest there can be. */
  startTime?: Date | number | undefined;
  /** Last moment that counts. Default: a day ahead, the newest there can be. */
  endTime?: Date | number | undefined;
  /** Only points that have all of these labels. */
  labels?: MetricLabels | undefined;
  /** Only points of this service. Default: all services that share the database. */
  serviceName?: string | undefined;
  /** Points at most, 1 to 1,000,000; the newest ones are kept. Default 10,000. */
  limit?: number | undefined;
}

/** Which points `getPercentile` looks at. */
export interface PercentileQuery {
  /** How far back, in hours; above 0, up to 13 months. Default 24. */
  hours?: number | undefined;
  /** Only points that have all of these labels. */
  labels?: MetricLabels | undefined;
  /** Only points of this service. Default: all services that share the database. */
  serviceName?: string | undefined;
}

/** What can be said besides name, value and labels. */
export interface ObservationOptions {
  /** UCUM unit, for example `s`, `By` or `{request}`. The first one given for a series stays. */
  unit?: string | undefined;
}
