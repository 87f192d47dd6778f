// One server of one variant in a process of its own: node server.mjs <framework> <variant>.
import { Session } from 'node:inspector/promises';
import { answerQuestions, cpuMicroseconds, mainThreadMicroseconds } from '../child.mjs';
import { openExpress } from './express-app.mjs';
import { openNest } from './nest-app.mjs';

const [framework, variant] = process.argv.slice(2);
const open = framework === 'express' ? openExpress : openNest;
const { port, flush } = await open(variant, framework);
// What stock-sdk.mjs has started before this file was loaded.
const flushAll = globalThis.flushStockSdk ?? flush;

const inspector = new Session();

answerQuestions(
  {
    startProfile: async () => {
      inspector.connect();
      await inspector.post('Profiler.enable');
      await inspector.post('Profiler.start');
    },
    stopProfile: () => inspector.post('Profiler.stop'),
    flush: async () => {
      await flushAll?.();
    },
    cpu: () => ({ cpu: cpuMicroseconds(), mainThread: mainThreadMicroseconds() }),
  },
  { port },
);
