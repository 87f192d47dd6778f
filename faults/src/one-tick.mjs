import { outcome } from './outcome.mjs';
import { requireFrom } from './packages.mjs';
import { startApp } from './start-app.mjs';
import { countSpans } from './stored-rows.mjs';
import { withServer } from './with-server.mjs';

const COUNT = 10_000;

/** F7: ten thousand spans end before anything else gets a turn. */
export async function oneTick() {
  return withServer(async ({ server, own }) => {
    const app = own(await startApp({ url: server.url, serviceName: 'f7', ingest: { spool: false } }));
    await app.ask('endSpans', { count: COUNT, name: 'burst' });
    await app.ask('flush', 30_000);
    await app.kill('SIGTERM');
    const { stored, distinct } = await countSpans(server.url, ['burst']);
    return [
      outcome(
        '10,000 spans in one tick',
        'all stored',
        { sent: COUNT, stored, lost: COUNT - distinct, duplicated: stored - distinct },
        { 'all are stored once': distinct === COUNT && stored === COUNT },
        [`the stock batch processor keeps ${(await keptByStock()).toLocaleString('en')}`],
      ),
    ];
  });
}

/** What OpenTelemetry's own batch processor hands to an exporter that takes everything. */
async function keptByStock() {
  const { BasicTracerProvider, BatchSpanProcessor } = requireFrom('core', '@opentelemetry/sdk-trace-base');
  let kept = 0;
  const exporter = {
    export(spans, done) {
      kept += spans.length;
      done({ code: 0 });
    },
    shutdown: async () => undefined,
  };
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  const tracer = provider.getTracer('stock');
  const spans = Array.from({ length: COUNT }, () => tracer.startSpan('burst'));
  spans.forEach((span) => span.end());
  await provider.shutdown();
  return kept;
}
