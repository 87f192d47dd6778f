import type { HistogramHandle } from '../metrics/metric-handle.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import type { HttpRequestFacts } from './http-attributes.ts';
import type { RequestOutcome } from './server-operation.ts';

// Label of requests no route matched; the URL would give every scanner its own series.
const UNMATCHED = '<unmatched>';
const MAX_HANDLES = 5_000;

/**
 * The metric `http.server.request.duration`, with a handle kept for each combination of labels: building and comparing labels
 * costs more than recording.
 *
 * @source https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
 */
export class RequestDurations {
  readonly #metrics: Pick<MetricsCollector, 'bind'>;
  readonly #handles = new Map<string, HistogramHandle>();

  constructor(metrics: Pick<MetricsCollector, 'bind'>) {
    this.#metrics = metrics;
  }

  record({ method, scheme }: HttpRequestFacts, outcome: RequestOutcome, durationSeconds: number): void {
    const { status, route, failure } = outcome;
    const key = `${status} ${method} ${scheme} ${failure ?? ''} ${route ?? ''}`;
    let handle = this.#handles.get(key);
    if (handle === undefined) {
      handle = this.#bind(method, scheme, outcome);
      if (this.#handles.size >= MAX_HANDLES) {
        this.#handles.clear();
      }
      this.#handles.set(key, handle);
    }
    handle.record(durationSeconds);
  }

  #bind(method: string, scheme: string, { status, route, failure }: RequestOutcome): HistogramHandle {
    const labels = {
      'http.request.method': method,
      'http.route': route ?? UNMATCHED,
      'http.response.status_code': String(status),
      'url.scheme': scheme,
      ...(failure === undefined ? {} : { 'error.type': failure }),
    };
    return this.#metrics.bind('http.server.request.duration', 'histogram', labels, { unit: 's' });
  }
}
