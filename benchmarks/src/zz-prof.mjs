import { withDatabase } from './database.mjs';
import { PostgreSQLSpanExporter } from '@pg-observability/core';
import { postgresStore } from '@pg-observability/core/node-postgres';
import { exportInBatches, makeSpans } from './reference-spans.mjs';
await withDatabase(async ({ url }) => {
  const store = postgresStore(url);
  const exporter = new PostgreSQLSpanExporter(store);
  const B = Number(process.argv[2] ?? 1000);
  const spans = makeSpans(20000);
  for (let i = 0; i < 12; i++) {
    const c = process.cpuUsage();
    const t = performance.now();
    await exportInBatches(exporter, spans, B);
    const u = process.cpuUsage(c);
    console.log(
      (u.user / 20000).toFixed(2),
      (u.system / 20000).toFixed(2),
      (((20000 / (performance.now() - t)) * 1000) | 0) + '/s',
    );
  }
  await store.close();
});
process.exit(0);
