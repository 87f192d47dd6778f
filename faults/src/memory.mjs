const MIB = 1_048_576;
const INTERVAL_MS = 500;
const TOLD_AT_MOST = 11;

/** Samples the memory of an application and what waits in it, until it is stopped. */
export function watchApp(app) {
  const samples = [];
  const startedAt = performance.now();
  let isOn = true;
  const sample = async () => {
    const { memory, spans, metrics } = await app.ask('stats');
    samples.push({
      atS: (performance.now() - startedAt) / 1_000,
      rssMiB: memory.rss / MIB,
      heapMiB: memory.heapUsed / MIB,
      queued: spans.queued + metrics.queued,
      spooled: spans.spooled + metrics.spooled,
    });
  };
  const run = (async () => {
    while (isOn) {
      await sample();
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  })();
  return {
    async stop() {
      isOn = false;
      await run;
      return samples;
    },
  };
}

/** How much the resident memory grew above its first sample. */
export function growthMiB(samples) {
  return Math.max(...samples.map(({ rssMiB }) => rssMiB)) - samples[0].rssMiB;
}

/** Some of the samples, evenly, as one line. */
export function describeMemory(samples) {
  const step = Math.max(1, Math.ceil(samples.length / TOLD_AT_MOST));
  const told = samples.filter((_, index) => index % step === 0 || index === samples.length - 1);
  const texts = told.map(
    ({ atS, rssMiB, heapMiB, queued, spooled }) =>
      `${atS.toFixed(0)} s ${rssMiB.toFixed(0)}/${heapMiB.toFixed(0)}/${queued}/${spooled}`,
  );
  return `memory (resident MiB / heap MiB / rows in memory / rows on disk): ${texts.join(', ')}; grew by ${growthMiB(samples).toFixed(0)} MiB at most`;
}
