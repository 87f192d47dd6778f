// A process that flushes spans and times the turns of its event loop: node pause-process.mjs <variant>.
import { setImmediate as nextTick } from 'node:timers/promises';
import { answerQuestions } from '../child.mjs';
import { makeSpans } from '../reference-spans.mjs';
import { collectGarbage } from './collect-garbage.mjs';
import { createPauseClock } from './pause-clock.mjs';
import { openProcessor } from './span-exits.mjs';

const TICK_SPANS = 50;
const { processor, flush } = openProcessor(process.argv[2]);
const clock = createPauseClock();

answerQuestions({
  flush: async ({ count }) => {
    const spans = makeSpans(count);
    await collectGarbage();
    clock.start();
    // A few a turn, as requests end them; a turn of theirs is far below the target.
    for (let start = 0; start < count; start += TICK_SPANS) {
      for (const span of spans.slice(start, start + TICK_SPANS)) {
        processor.onEnd(span);
      }
      await nextTick();
    }
    await flush();
    await nextTick();
    return clock.stop();
  },
});
