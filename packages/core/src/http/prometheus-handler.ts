import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { describeValue } from '../arguments/describe-value.ts';
import { ObservabilityError } from '../errors/observability-error.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import { acceptsGzip, CONTENT_TYPES, negotiateFormat } from '../metrics/prometheus/exposition-format.ts';
import type { ExpositionFormat } from '../metrics/prometheus/exposition-format.ts';
import type { OnClash } from '../metrics/prometheus/family-plan.ts';
import { inSlices } from '../metrics/prometheus/in-slices.ts';
import { resolvePrometheusOptions, withoutTrailingSlash } from '../metrics/prometheus/prometheus-options.ts';
import type {
  PrometheusOptions,
  ResolvedPrometheusOptions,
} from '../metrics/prometheus/prometheus-options.ts';
import { renderDocument } from '../metrics/prometheus/render-document.ts';
import type { ScrapeSource } from '../metrics/prometheus/scrape-source.ts';
import { excludeRequest } from './request-state.ts';

/** A listener of `node:http`, or middleware where there is a `next`. */
export type PrometheusHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

// Below, the head of a compressed answer costs what compressing saves.
const MIN_GZIP_LENGTH = 1_024;

/**
 * Answers GET and HEAD with all metrics of this process, for a Prometheus that scrapes it: the totals since the process began of
 * what `counter`, `gauge` and `histogram` record; single observations (`record`) are in PostgreSQL only. OpenMetrics 1.0.0 with
 * exemplars for who asks for it, else text 0.0.4. Names are those of OpenTelemetry's rules: `http.server.request.duration` in `s`
 * is `http_server_request_duration_seconds`, counters end in `_total`.
 *
 * Buckets of histograms are derived from the exponential ones: `le` counts every observation up to the bound, and none that lies
 * more than 2.2 % above it; `+Inf`, `_sum` and `_count` are exact. A large document is made in slices of 2 ms, so that requests
 * are answered meanwhile. Scrapes are left out of spans and metrics.
 *
 * @param metrics `observability.metrics`, or a collector of your own
 * @param options see {@link PrometheusOptions}: `path`, `secret`, `buckets`
 * @throws `INVALID_ARGUMENT`, `INVALID_OPTION`
 * @source https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 * @example `createServer(createPrometheusHandler(observability.metrics, { path: '/metrics' })).listen(9464);`
 */
export function createPrometheusHandler(
  metrics: MetricsCollector,
  options: PrometheusOptions = {},
): PrometheusHandler {
  if (typeof (metrics as Partial<MetricsCollector> | null | undefined)?.scrapeSource !== 'function') {
    throw new ObservabilityError(
      'INVALID_ARGUMENT',
      `metrics of createPrometheusHandler is ${describeValue(metrics)}; expected a MetricsCollector, for example observability.metrics.`,
    );
  }
  const resolved = resolvePrometheusOptions(options);
  const isAllowed = createSecretCheck(resolved.secret);
  return (request, response, next) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || !isAt(resolved.path, request)) {
      const passOn = next ?? (() => response.writeHead(404).end());
      passOn();
      return;
    }
    excludeRequest(request);
    if (!isAllowed(request.headers.authorization)) {
      response.writeHead(401, { 'www-authenticate': 'Bearer', 'cache-control': 'no-store' }).end();
      return;
    }
    sendDocument(request, response, metrics.scrapeSource(), resolved.bounds).catch((error: unknown) => {
      if (response.headersSent) {
        // Mostly the scraper has gone. A document that was cut must not look whole.
        response.destroy();
      } else {
        const fail = next ?? (() => response.writeHead(500).end());
        fail(error);
      }
    });
  };
}

function isAt(path: string | undefined, { url = '/' }: IncomingMessage): boolean {
  const queryAt = url.indexOf('?');
  return path === undefined || withoutTrailingSlash(queryAt === -1 ? url : url.slice(0, queryAt)) === path;
}

/** Compares digests, which are of one length, in a time that tells nothing about the secret. */
function createSecretCheck(secret: string | undefined): (authorization: string | undefined) => boolean {
  if (secret === undefined) {
    return () => true;
  }
  const expected = digest(secret);
  return (authorization = '') => {
    const given = /^Bearer +([\x21-\x7e]+) *$/iu.exec(authorization)?.[1] ?? '';
    return timingSafeEqual(digest(given), expected);
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function sendDocument(
  request: IncomingMessage,
  response: ServerResponse,
  source: ScrapeSource,
  bounds: ResolvedPrometheusOptions['bounds'],
): Promise<void> {
  const format = negotiateFormat(request.headers.accept);
  if (request.method === 'HEAD') {
    response.writeHead(200, toHeaders(format)).end();
    return;
  }
  const { resource, log } = source;
  const onClash: OnClash = ({ metric_name: name, metric_type: type }, owner) => {
    log.warnOnce(
      `prometheus-name:${type}:${name}`,
      `The ${type} ${describeValue(name)} is not shown to Prometheus: its name belongs to the ${owner.type} ${describeValue(owner.name)}. Give one of them another name.`,
    );
  };
  const pieces = renderDocument({ series: source.series(), resource, bounds, format, onClash });
  const chunks = inSlices(pieces);
  const first = await chunks.next();
  const text = first.value ?? '';
  const isCompressed = text.length >= MIN_GZIP_LENGTH && acceptsGzip(request.headers['accept-encoding']);
  response.writeHead(200, { ...toHeaders(format), ...(isCompressed && { 'content-encoding': 'gzip' }) });
  const body = Readable.from(resume(text, chunks));
  // Fast rather than small: it is done for every scrape, and a document is mostly repeated names.
  const gzip = isCompressed ? [createGzip({ level: constants.Z_BEST_SPEED })] : [];
  await pipeline([body, ...gzip, response]);
}

async function* resume(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

function toHeaders(format: ExpositionFormat): Record<string, string> {
  return {
    'content-type': CONTENT_TYPES[format],
    'cache-control': 'no-store',
    vary: 'accept, accept-encoding',
    'x-content-type-options': 'nosniff',
  };
}
