import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { TracerProvider } from '@opentelemetry/sdk-trace';

/** The reference span: a server span with 8 attributes, as an HTTP service has them. */
export const referenceSpan = (number) => [
  'GET /orders/:id',
  {
    kind: 1,
    attributes: {
      'http.request.method': 'GET',
      'http.route': '/orders/:id',
      'url.path': `/orders/${number}`,
      'url.scheme': 'http',
      'http.response.status_code': 200,
      'server.address': 'shop.example.com',
      'network.protocol.version': '1.1',
      'user_agent.original': 'curl/8.7.1',
    },
  },
];

/** A tracer whose spans go to `spanProcessor`. */
export function tracerTo(spanProcessor) {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'bench' }),
    spanProcessors: [spanProcessor],
  });
  return provider.getTracer('bench');
}

/** A processor that does nothing but call `onEnd`. */
export function processorOf(onEnd = () => {}) {
  return { onStart() {}, onEnd, forceFlush: async () => {}, shutdown: async () => {} };
}

/** Ended reference spans, `spansPerTrace` of them in each trace. */
export function makeSpans(count, spansPerTrace = 1) {
  const spans = [];
  const tracer = tracerTo(processorOf((span) => spans.push(span)));
  let parent = ROOT_CONTEXT;
  for (let i = 0; i < count; i += 1) {
    const isRoot = i % spansPerTrace === 0;
    const span = tracer.startSpan(...referenceSpan(i), isRoot ? ROOT_CONTEXT : parent);
    if (isRoot) {
      parent = trace.setSpan(ROOT_CONTEXT, span);
    }
    span.end();
  }
  return spans;
}

/** As a batch processor does when it is flushed: all batches at once, to an exporter that keeps their order. Rejects when one fails. */
export async function exportAtOnce(exporter, spans, batchSpans) {
  const starts = Array.from(
    { length: Math.ceil(spans.length / batchSpans) },
    (_, batch) => batch * batchSpans,
  );
  await Promise.all(starts.map((start) => exportBatch(exporter, spans.slice(start, start + batchSpans))));
}

/** Exports spans in batches, one after the other; rejects when one fails. */
export async function exportInBatches(exporter, spans, batchSpans) {
  for (let start = 0; start < spans.length; start += batchSpans) {
    await exportBatch(exporter, spans.slice(start, start + batchSpans));
  }
}

function exportBatch(exporter, spans) {
  return new Promise((resolve, reject) => {
    exporter.export(spans, ({ code, error }) => (code === 0 ? resolve() : reject(error)));
  });
}
