import { postgresStore } from '../../../packages/core/dist/node-postgres/index.js';

/** What the parent process wants of this application; see `start-app.mjs`. */
export const settings = JSON.parse(process.env.FAULT_APP);

const tell = (level) => (line) => process.send?.({ type: 'line', level, line: String(line) });

/** Options of the instance. Lines go to the parent, which counts the warnings. */
export function observabilityOptions() {
  return {
    serviceName: settings.serviceName,
    store: postgresStore(settings.url, settings.store),
    logger: { info: tell('info'), warn: tell('warn'), error: tell('error') },
    timeoutMs: settings.timeoutMs,
    ingest: settings.ingest,
    spans: settings.spans,
    metrics: { flushIntervalMs: settings.windowMs },
    shutdown: settings.shutdown,
    housekeeping: settings.housekeeping,
  };
}
