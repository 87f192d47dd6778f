import type { HistogramHandle } from '../metrics/metric-handle.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import type { RequestOutcome } from './server-operation.ts';
import { serverSpanName } from './http-attributes.ts';
import type { HttpRequestFacts } from './http-attributes.ts';

// Label of requests no route matched; the URL would give every scanner its own series.
const UNMATCHED = '<unmatched>';
const MAX_SERIES = 5_000;

/** What all requests with one method, route, status and failure share. */
export interface RequestSeries {
  readonly method: string;
  readonly scheme: string;
  readonly status: number;
  readonly failure: string | undefined;
  /** Name of their server spans. */
  readonly spanName: string;
  readonly durations: HistogramHandle;
}

/**
 * The metric `http.server.request.duration`, with what each combination of labels needs kept: building and comparing labels costs
 * more than recording, and so does joining the name of a span anew.
 *
 * @source https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
 */
export class RequestSeriesCache {
  readonly #metrics: Pick<MetricsCollector, 'bind'>;
  /** By route: a route has one method, and few outcomes. */
  readonly #series = new Map<string | undefined, RequestSeries[]>();
  #count = 0;

  constructor(metrics: Pick<MetricsCollector, 'bind'>) {
    this.#metrics = metrics;
  }

  find({ method, scheme }: HttpRequestFacts, { status, route, failure }: RequestOutcome): RequestSeries {
    const ofRoute = this.#series.get(route);
    if (ofRoute !== undefined) {
      for (const series of ofRoute) {
        if (
          series.status === status &&
          series.method === method &&
          series.failure === failure &&
          series.scheme === scheme
        ) {
          return series;
        }
      }
    }
    return this.#add({ method, scheme, status, failure }, route);
  }

  #add(
    { method, scheme, status, failure }: Pick<RequestSeries, 'method' | 'scheme' | 'status' | 'failure'>,
    route: string | undefined,
  ): RequestSeries {
    const labels = {
      'http.request.method': method,
      'http.route': route ?? UNMATCHED,
      'http.response.status_code': String(status),
      'url.scheme': scheme,
      ...(failure === undefined ? {} : { 'error.type': failure }),
    };
    const series = {
      method,
      scheme,
      status,
      failure,
      spanName: serverSpanName(method, route),
      durations: this.#metrics.bind('http.server.request.duration', 'histogram', labels, { unit: 's' }),
    };
    if (this.#count >= MAX_SERIES) {
      this.#series.clear();
      this.#count = 0;
    }
    this.#count += 1;
    this.#series.set(route, [...(this.#series.get(route) ?? []), series]);
    return series;
  }
}
