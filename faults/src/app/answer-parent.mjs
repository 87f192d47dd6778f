import { getTracer } from '../../../packages/core/dist/index.js';

/** Answers what the parent process asks over the channel, and ends with it. */
export function answerParent(observability, port) {
  const asks = createAsks(observability);
  process.on('message', ({ id, ask, value }) => {
    asks[ask](value).then(
      (answer) => process.send({ type: 'answer', id, answer }),
      (error) =>
        process.send({ type: 'answer', id, answer: { code: error.code ?? 'none', message: error.message } }),
    );
  });
  process.on('disconnect', () => process.exit());
  process.send({ type: 'listening', port });
}

function createAsks(observability) {
  return {
    stats: async () => {
      const { spans, metrics } = observability.stats();
      return { spans, metrics, memory: process.memoryUsage() };
    },
    restartClock: async () => globalThis.restartFaultClock?.(),
    flush: (timeoutMs) => observability.flush(timeoutMs),
    endSpans: async ({ count, name }) => endSpans(count, name),
    createWorkflow: (input) => timed(() => observability.workflows.createWorkflow(input)),
    transition: ({ workflowId, phase, status, idempotencyKey }) =>
      timed(() => observability.workflows.transition(workflowId, phase, status, {}, { idempotencyKey })),
  };
}

/** Ends so many spans before anything else gets a turn. */
function endSpans(count, name) {
  const tracer = getTracer();
  const spans = Array.from({ length: count }, () => tracer.startSpan(name));
  spans.forEach((span) => span.end());
}

async function timed(work) {
  const startedAt = performance.now();
  const error = await work().then(
    () => undefined,
    (reason) => reason,
  );
  return { code: error?.code ?? 'ok', message: error?.message, ms: performance.now() - startedAt };
}
