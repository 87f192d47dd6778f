// S3: CPU of the application's process per exported span, once through the whole way and once through the exporter alone.
import { startChild } from '../child.mjs';
import { withDatabase } from '../database.mjs';
import { median } from '../median.mjs';
import { watchArrivals } from './arrivals.mjs';

const VARIANTS = ['none', 'ours', 'stock'];
const ROUND_SPANS = 20_000;

async function measureRound(child, variant, arrivals) {
  const before = variant === 'none' ? 0 : await arrivals.count(variant);
  await child.ask('begin', { count: ROUND_SPANS });
  if (variant !== 'none') {
    await arrivals.waitFor(variant, before + ROUND_SPANS);
  }
  return (await child.ask('cpu')).cpu / ROUND_SPANS;
}

/** Microseconds per span, without those that making the span takes. */
async function measureWay(way, rounds, env, arrivals) {
  const children = {};
  for (const variant of VARIANTS) {
    children[variant] = await startChild('exports/export-process.mjs', [way, variant], {
      env,
      execArgv: ['--expose-gc'],
    });
  }
  const added = { ours: [], stock: [] };
  for (let round = 0; round <= rounds; round += 1) {
    const cpu = {};
    for (const variant of VARIANTS) {
      cpu[variant] = await measureRound(children[variant], variant, arrivals);
    }
    if (round > 0) {
      added.ours.push(cpu.ours - cpu.none);
      added.stock.push(cpu.stock - cpu.none);
    }
  }
  await Promise.all(Object.values(children).map((child) => child.stop()));
  return { ours: median(added.ours), peer: median(added.stock) };
}

export function exportCost({ quick }) {
  const rounds = quick ? 3 : 9;
  return withDatabase(async ({ url, client }) => {
    const sink = await startChild('sink.mjs');
    const env = { BENCH_DATABASE_URL: url, BENCH_SINK_URL: sink.ready.url };
    const arrivals = watchArrivals({ client, sink });
    const whole = await measureWay('processor', rounds, env, arrivals);
    const exporterOnly = await measureWay('exporter', rounds, env, arrivals);
    await sink.stop();
    return {
      rows: [
        {
          what: 'CPU per span, processor and exporter',
          ...whole,
          peerName: 'BatchSpanProcessor + OTLP/protobuf',
          unit: 'µs',
          ratioAtMost: 0.5,
        },
        {
          what: 'CPU per span, exporter alone, batches of 1,000',
          ...exporterOnly,
          peerName: 'OTLP/protobuf exporter',
          unit: 'µs',
          ratioAtMost: 0.5,
        },
      ],
    };
  });
}
