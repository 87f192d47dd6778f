// A process that makes and exports spans in one way: node export-process.mjs <exporter|processor> <variant>.
import { setImmediate as nextTick } from 'node:timers/promises';
import { answerQuestions, cpuMicroseconds } from '../child.mjs';
import { exportInBatches, makeSpans, referenceSpan, tracerTo } from '../reference-spans.mjs';
import { collectGarbage } from './collect-garbage.mjs';
import { openProcessor, otlpExporter, ourExporter } from './span-exits.mjs';

const BATCH_SPANS = 1_000;
const TICK_SPANS = 100;
const [way, variant] = process.argv.slice(2);

function openExport() {
  if (variant === 'none') {
    return { run: async () => {}, flush: async () => {} };
  }
  const exporter = variant === 'ours' ? ourExporter() : otlpExporter();
  return { run: (spans) => exportInBatches(exporter, spans, BATCH_SPANS), flush: async () => {} };
}

function openProcess() {
  const { processor, flush } = openProcessor(variant);
  const tracer = tracerTo(processor);
  const run = async (count) => {
    for (let i = 0; i < count; i += 1) {
      tracer.startSpan(...referenceSpan(i)).end();
      if (i % TICK_SPANS === TICK_SPANS - 1) {
        await nextTick();
      }
    }
  };
  return { run, flush };
}

const exit = way === 'exporter' ? openExport() : openProcess();
let begun = 0;
answerQuestions({
  begin: async ({ count }) => {
    const work = way === 'exporter' ? makeSpans(count) : count;
    await collectGarbage();
    begun = cpuMicroseconds();
    await exit.run(work);
    await exit.flush();
    return {};
  },
  // Asked when everything has arrived.
  cpu: () => ({ cpu: cpuMicroseconds() - begun }),
});
