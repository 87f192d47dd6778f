// S4: the longest pause of the event loop while 10,000 spans are flushed.
import { startChild } from '../child.mjs';
import { withDatabase } from '../database.mjs';
import { median, percentile } from '../median.mjs';
import { watchArrivals } from './arrivals.mjs';

const FLUSH_SPANS = 10_000;
const WARM_UP_FLUSHES = 5;
const VARIANTS = ['ours', 'stock'];

/** The longest pause of each flush, by variant. */
async function flushInTurn(flushes, env, arrivals) {
  const children = {};
  const pauses = {};
  for (const variant of VARIANTS) {
    children[variant] = await startChild('exports/pause-process.mjs', [variant], {
      env,
      execArgv: ['--expose-gc'],
    });
    pauses[variant] = { longest: [], byClock: [] };
  }
  for (let flush = 1; flush <= WARM_UP_FLUSHES + flushes; flush += 1) {
    for (const variant of VARIANTS) {
      const { longest, longestByClock } = await children[variant].ask('flush', { count: FLUSH_SPANS });
      await arrivals.waitFor(variant, flush * FLUSH_SPANS);
      if (flush > WARM_UP_FLUSHES) {
        pauses[variant].longest.push(longest);
        pauses[variant].byClock.push(longestByClock);
      }
    }
  }
  await Promise.all(Object.values(children).map((child) => child.stop()));
  return pauses;
}

export function flushPause({ quick }) {
  const flushes = quick ? 10 : 30;
  return withDatabase(async ({ url, client }) => {
    const sink = await startChild('sink.mjs');
    const env = { BENCH_DATABASE_URL: url, BENCH_SINK_URL: sink.ready.url };
    const { ours, stock } = await flushInTurn(flushes, env, watchArrivals({ client, sink }));
    await sink.stop();
    const format = (values) => `${median(values).toFixed(1)} ms`;
    return {
      rows: [
        {
          what: `longest pause in a flush of 10,000 spans, p99 of ${flushes}`,
          ours: percentile(ours.longest, 0.99),
          peer: percentile(stock.longest, 0.99),
          peerName: 'BatchSpanProcessor + OTLP/protobuf',
          unit: 'ms',
          valueAtMost: 5,
        },
      ],
      details: [
        `S4: median of the longest pauses ${format(ours.longest)}, stock ${format(stock.longest)}; by the clock, with the time other processes had the core: ${format(ours.byClock)}, stock ${format(stock.byClock)}.`,
      ],
    };
  });
}
