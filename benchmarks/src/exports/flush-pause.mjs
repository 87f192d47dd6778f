// S4: the longest pause of the event loop while 10,000 spans are flushed.
import { startChild } from '../child.mjs';
import { withDatabase } from '../database.mjs';
import { median, percentile } from '../median.mjs';
import { watchArrivals } from './arrivals.mjs';

const FLUSH_SPANS = 10_000;
const WARM_UP_FLUSHES = 5;

export function flushPause({ quick }) {
  const flushes = quick ? 10 : 30;
  return withDatabase(async ({ url, client }) => {
    const sink = await startChild('sink.mjs');
    const env = { BENCH_DATABASE_URL: url, BENCH_SINK_URL: sink.ready.url };
    const arrivals = watchArrivals({ client, sink });
    const longest = { ours: [], stock: [] };
    const byClock = { ours: [], stock: [] };
    const children = {};
    for (const variant of Object.keys(longest)) {
      children[variant] = await startChild('exports/pause-process.mjs', [variant], { env });
    }
    for (let flush = 1; flush <= WARM_UP_FLUSHES + flushes; flush += 1) {
      for (const [variant, child] of Object.entries(children)) {
        const answer = await child.ask('flush', { count: FLUSH_SPANS });
        await arrivals.waitFor(variant, flush * FLUSH_SPANS);
        if (flush > WARM_UP_FLUSHES) {
          longest[variant].push(answer.longest);
          byClock[variant].push(answer.longestByClock);
        }
      }
    }
    await Promise.all(Object.values(children).map((child) => child.stop()));
    await sink.stop();
    return {
      rows: [
        {
          what: `longest pause in a flush of 10,000 spans, p99 of ${flushes}`,
          ours: percentile(longest.ours, 0.99),
          peer: percentile(longest.stock, 0.99),
          peerName: 'BatchSpanProcessor + OTLP/protobuf',
          unit: 'ms',
          valueAtMost: 5,
        },
      ],
      details: [
        `S4: median of the longest pauses ${median(longest.ours).toFixed(1)} ms, stock ${median(longest.stock).toFixed(1)} ms; by the clock, with the time other processes had the core: ${median(byClock.ours).toFixed(1)} ms, stock ${median(byClock.stock).toFixed(1)} ms.`,
      ],
    };
  });
}
