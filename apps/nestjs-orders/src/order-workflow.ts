import { defineWorkflow } from '@pg-observability/core';

const MINUTE_MS = 60_000;
// From outside only so that a drill need not wait.
const PICKED_WITHIN_MS = Number(process.env['PICKED_WITHIN_MS'] ?? 10 * MINUTE_MS);

/** What may become of an order. This service places it; the worker in typeorm-fulfilment has the same definition and moves it. */
export const orderWorkflow = defineWorkflow({
  type: 'order',
  phases: {
    placed: { to: ['picking'], deadlineMs: PICKED_WITHIN_MS },
    picking: { to: ['shipped', 'out of stock'], deadlineMs: 30 * MINUTE_MS },
    shipped: { status: 'completed' },
    'out of stock': { status: 'failed' },
  },
});
