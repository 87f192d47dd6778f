import { setTimeout as delay } from 'node:timers/promises';

/** Requests to the gateway over the whole drill. */
export interface Traffic {
  answered: number;
  /** Requests without an answer, with the reason. */
  failures: string[];
  statuses: Record<string, number>;
  /** Places one order, counted as the others are. */
  placeOrder(): Promise<{ id: string }>;
  /** Begins, or goes on after `pause`. */
  start(): void;
  /** Sends nothing more, and waits for what is under way. */
  pause(): Promise<void>;
}

const CLIENTS = 4;
const PAUSE_MS = 20;

/** Orders and look-ups by four clients, one after another each. */
export function createTraffic(gatewayUrl: string): Traffic {
  let isRunning = false;
  let turn = 0;
  let clients: Promise<unknown> = Promise.resolve();
  const traffic: Traffic = {
    answered: 0,
    failures: [],
    statuses: {},
    async placeOrder() {
      const response = await order();
      const placed = (await response.json()) as { id: string };
      note(response.status);
      return placed;
    },
    start() {
      isRunning = true;
      clients = Promise.all(Array.from({ length: CLIENTS }, client));
    },
    async pause() {
      isRunning = false;
      await clients;
    },
  };
  async function client(): Promise<void> {
    while (isRunning) {
      turn += 1;
      try {
        const response = await (turn % 3 === 0 ? order() : fetch(`${gatewayUrl}/products/lamp`));
        await response.arrayBuffer();
        note(response.status);
      } catch (error) {
        traffic.failures.push(String((error as Error).cause ?? error));
      }
      await delay(PAUSE_MS);
    }
  }
  function note(status: number): void {
    traffic.answered += 1;
    traffic.statuses[status] = (traffic.statuses[status] ?? 0) + 1;
  }
  const order = (): Promise<Response> =>
    fetch(`${gatewayUrl}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-correlation-id': `drill-${turn}` },
      body: JSON.stringify({ sku: 'chair', quantity: 1 }),
    });
  return traffic;
}
