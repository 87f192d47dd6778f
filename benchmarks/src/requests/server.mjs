// One server of one variant in a process of its own: node server.mjs <framework> <variant>.
import { answerQuestions, cpuMicroseconds } from '../child.mjs';
import { openExpress } from './express-app.mjs';
import { openNest } from './nest-app.mjs';

const [framework, variant] = process.argv.slice(2);
const open = framework === 'express' ? openExpress : openNest;
const { port, flush } = await open(variant, framework);
// What stock-sdk.mjs has started before this file was loaded.
const flushAll = globalThis.flushStockSdk ?? flush;

answerQuestions(
  {
    flush: async () => {
      await flushAll?.();
    },
    cpu: () => ({ cpu: cpuMicroseconds() }),
  },
  { port },
);
