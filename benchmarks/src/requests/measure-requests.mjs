import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '../child.mjs';
import { selectNumber, withDatabase } from '../database.mjs';
import { median } from '../median.mjs';
import { sendRequests } from './send-requests.mjs';

/**
 * CPU of the server's process per request, in microseconds, for each variant: a process each, the rounds in turn, everything
 * flushed and arrived before the clock is read. Processes are started anew a few times, because no two compile the same code
 * alike.
 *
 * @param {{ framework: string, variants: string[], warmUpRequests: number, requests: number,
 *   rounds: number, processes: number }} plan
 * @returns medians by variant as `{ cpu, added }`, `added` to `bare` of the same round; and how many spans a request
 *   has from each variant of stock, for ours is one.
 */
export function measureRequests(plan) {
  return withDatabase(async ({ url, client }) => {
    const sink = await startChild('sink.mjs');
    const env = { BENCH_DATABASE_URL: url, BENCH_SINK_URL: sink.ready.url };
    const rounds = [];
    /** Spans that stock has sent, and those of servers among them, by variant. */
    const sent = {};
    for (let generation = 0; generation < plan.processes; generation += 1) {
      rounds.push(...(await measureGeneration(plan, env, { client, sink, sent })));
    }
    await sink.stop();
    const results = plan.variants.map((variant) => [
      variant,
      {
        cpu: median(rounds.map((round) => round[variant])),
        added: median(rounds.map((round) => round[variant] - round.bare)),
      },
    ]);
    const stockSpans = Object.entries(sent).map(([variant, { spans, serverSpans }]) => [
      variant,
      spans / serverSpans,
    ]);
    return { ...Object.fromEntries(results), stockSpans: Object.fromEntries(stockSpans) };
  });
}

async function measureGeneration(plan, env, arrivals) {
  const servers = {};
  for (const variant of plan.variants) {
    servers[variant] = await startServer(plan.framework, variant, env);
  }
  const measureAll = async (requests, variants = plan.variants) => {
    const cpu = {};
    for (const variant of variants) {
      const arrived = () => waitFor(variant, requests, arrivals);
      const before = await arrivals.sink.ask('counts');
      cpu[variant] = (await measureRound(servers[variant], requests, arrived)) / requests;
      if (isStock(variant)) {
        noteSent(arrivals, variant, before, await arrivals.sink.ask('counts'));
      }
    }
    return cpu;
  };
  await measureAll(plan.warmUpRequests);
  const rounds = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    // To and fro, so that a machine that slows down favours nobody.
    const order = round % 2 === 0 ? plan.variants : plan.variants.toReversed();
    rounds.push(await measureAll(plan.requests, order));
  }
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  return rounds;
}

function noteSent({ sent }, variant, before, after) {
  const total = (sent[variant] ??= { spans: 0, serverSpans: 0 });
  total.spans += after.spans - before.spans;
  total.serverSpans += after.serverSpans - before.serverSpans;
}

/** A server of one variant. */
export function startServer(framework, variant, env, execArgv = []) {
  const preload = isStock(variant) ? ['--import', new URL('stock-sdk.mjs', import.meta.url).href] : [];
  return startChild('requests/server.mjs', [framework, variant], {
    env: { ...env, NODE_ENV: 'production' },
    execArgv: [...preload, ...execArgv],
  });
}

async function measureRound(server, requests, arrived) {
  const before = await server.ask('cpu');
  await sendRequests(server.ready.port, requests);
  await server.ask('flush');
  await arrived();
  const after = await server.ask('cpu');
  return after.cpu - before.cpu;
}

const expected = new WeakMap();
const OURS = ['ours', 'unadopted'];
const isStock = (variant) => variant.startsWith('stock');

/** Resolves when exactly what was sent has arrived, and rejects when it does not: a benchmark that loses spans is void. */
async function waitFor(variant, requests, arrivals) {
  // All of ours store into one database, and all of stock's send to one sink.
  const place = OURS.includes(variant) ? 'ours' : 'stock';
  if (place === 'stock' && !isStock(variant)) {
    return;
  }
  const counts = expected.get(arrivals.sink) ?? {};
  counts[place] = (counts[place] ?? 0) + requests;
  expected.set(arrivals.sink, counts);
  const deadline = performance.now() + 20_000;
  let arrived = await countArrived(place, arrivals);
  while (arrived < counts[place] && performance.now() < deadline) {
    await delay(10);
    arrived = await countArrived(place, arrivals);
  }
  if (arrived !== counts[place]) {
    throw new Error(`${variant}: ${counts[place]} requests were sent, ${arrived} server spans arrived.`);
  }
}

async function countArrived(place, { client, sink }) {
  if (place === 'stock') {
    return (await sink.ask('counts')).serverSpans;
  }
  const spans = await selectNumber(client, "select count(*) from observability.spans where kind = 'SERVER'");
  const measured = await selectNumber(
    client,
    "select coalesce(sum(sample_count), 0) from observability.metrics where metric_name = 'http.server.request.duration'",
  );
  return Math.min(spans, measured);
}
