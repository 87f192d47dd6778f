import type { ExemplarTrace } from '../metrics/exemplars.ts';
import type { HistogramHandle } from '../metrics/metric-handle.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';

/** What tells the series of calls apart. */
export interface CallLabels {
  method: string;
  address: string;
  port: number;
  /** Undefined where no response came. */
  status: number | undefined;
  /** `error.type`; undefined where nothing failed. */
  failure: string | undefined;
}

// What calls any host it is told must not fill the memory with handles.
const MAX_SERIES = 5_000;

/**
 * The metric `http.client.request.duration`, with a handle for each combination of the labels that the convention requires. Left
 * out are `url.scheme`, which is opt-in there, for the port tells it, and `network.protocol.version`, which is recommended, for
 * undici does not tell it: one service would be two series, by the client that called it.
 *
 * @source https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpclientrequestduration
 */
export class CallDurations {
  readonly #metrics: Pick<MetricsCollector, 'bind'>;
  readonly #handles = new Map<string, HistogramHandle>();

  constructor(metrics: Pick<MetricsCollector, 'bind'>) {
    this.#metrics = metrics;
  }

  /** @param trace of the client span, where there is a sampled one */
  record(labels: CallLabels, seconds: number, trace: ExemplarTrace | undefined): void {
    const { method, address, port, status, failure } = labels;
    const key = `${method} ${address} ${port} ${status} ${failure}`;
    const handle = this.#handles.get(key) ?? this.#bind(key, labels);
    handle?.record(seconds, trace);
  }

  #bind(key: string, labels: CallLabels): HistogramHandle | undefined {
    if (this.#handles.size >= MAX_SERIES) {
      this.#handles.clear();
    }
    try {
      const handle = this.#metrics.bind('http.client.request.duration', 'histogram', toLabels(labels), {
        unit: 's',
      });
      this.#handles.set(key, handle);
      return handle;
    } catch {
      // Too many metrics, which is counted; the call is the application's.
      return undefined;
    }
  }
}

function toLabels({ method, address, port, status, failure }: CallLabels): Record<string, string> {
  return {
    'http.request.method': method,
    'server.address': address,
    'server.port': String(port),
    ...(status === undefined ? {} : { 'http.response.status_code': String(status) }),
    ...(failure === undefined ? {} : { 'error.type': failure }),
  };
}
