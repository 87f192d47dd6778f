/** Random numbers that are the same in every run (mulberry32), so that a failing property can be repeated. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed (Box-Muller), mean 0 and deviation 1. */
export function createNormal(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Samples of many shapes, by name. */
export const DISTRIBUTIONS: Readonly<Record<string, (random: () => number) => number>> = {
  'uniform 0 to 1': (random) => random(),
  'log-normal latencies': (random) => Math.exp(createNormal(random)() * 1.2 - 3),
  'tight around 20 ms': (random) => 0.02 + createNormal(random)() * 0.0005,
  exponential: (random) => -Math.log(1 - random()) * 7,
  'Pareto with a heavy tail': (random) => 1 / (1 - random()) ** (1 / 1.1),
  'two humps, a thousandfold apart': (random) => (random() < 0.7 ? 0.001 + random() * 0.001 : 1 + random()),
  'nine decades': (random) => 10 ** (random() * 9 - 4),
  'whole numbers with many ties': (random) => Math.floor(random() * 20) + 1,
  'powers of two': (random) => 2 ** Math.floor(random() * 40 - 20),
  'negative and positive': (random) => createNormal(random)() * 100,
  'a third zeros': (random) => (random() < 0.33 ? 0 : random() * 10),
  'a constant': () => 42.5,
};

/** The percentile as percentile_cont computes it, from all values. */
export function exactPercentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const rank = fraction * (sorted.length - 1);
  const lower = sorted[Math.floor(rank)] as number;
  const upper = sorted[Math.ceil(rank)] as number;
  return lower + (rank - Math.floor(rank)) * (upper - lower);
}
