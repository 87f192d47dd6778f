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

/** Exports spans in batches, one after the other; rejects when one fails. */
export async function exportInBatches(exporter, spans, batchSpans) {
  for (let start = 0; start < spans.length; start += batchSpans) {
    await new Promise((resolve, reject) => {
      exporter.export(spans.slice(start, start + batchSpans), ({ code, error }) =>
        code === 0 ? resolve() : reject(error),
      );
    });
  }
}
