// `npm run bench [-- <name> …]`: every benchmark, or those named, as one table.
import { installPackages } from './install-packages.mjs';
import { parseOptions } from './parse-options.mjs';
import { toCells, toMarkdown, toText } from './table.mjs';
import { writeResults } from './write-results.mjs';

const benchmarks = {
  S1: async (options) => (await import('./requests/request-cost.mjs')).expressRequestCost(options),
  S1n: async (options) => (await import('./requests/request-cost.mjs')).nestRequestCost(options),
  S2: async (options) => (await import('./store-spans.mjs')).storeSpans(options),
  S3: async (options) => (await import('./exports/export-cost.mjs')).exportCost(options),
  S4: async (options) => (await import('./exports/flush-pause.mjs')).flushPause(options),
  S5: async (options) => (await import('./record-metrics.mjs')).recordMetrics(options),
  S6: async (options) => (await import('./read-percentile.mjs')).readPercentile(options),
  S7: async (options) => (await import('./read-trace.mjs')).readTrace(options),
  S8: async (options) => (await import('./ingest-rate.mjs')).ingestRate(options),
  S9: async (options) => (await import('./stored-bytes.mjs')).storedBytes(options),
  S10: async (options) => (await import('./ensure-cost.mjs')).ensureCost(options),
};
const options = parseOptions(Object.keys(benchmarks));
installPackages();
if (options.profile) {
  const { profileServer } = await import('./requests/profile-server.mjs');
  const framework = options.names[0] === 'S1n' ? 'nest-fastify' : 'express';
  console.log(await profileServer(framework, options));
  process.exit(0);
}

const rows = [];
const details = [];
const failed = [];
for (const name of options.names) {
  const startedAt = performance.now();
  const tell = (text) =>
    console.error(`${name} … ${text} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
  tell('begins');
  try {
    const result = await benchmarks[name]({ ...options, tell });
    const cells = result.rows.map((row) => toCells(name, row));
    rows.push(...cells);
    details.push(...(result.details ?? []));
    tell(cells.map((row) => row.slice(1).join(' | ')).join('\n      '));
  } catch (error) {
    failed.push(name);
    console.error(`${name} failed: ${error.stack}`);
  }
}
console.log(['', toText(rows), '', ...details].join('\n'));
if (options.write && failed.length === 0) {
  writeResults({ table: toMarkdown(rows), details, options });
}
process.exit(failed.length > 0 ? 1 : 0);
