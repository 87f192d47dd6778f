import { setTimeout as delay } from 'node:timers/promises';

/** Requests to the gateway over the whole drill. */
export interface Traffic {
  answered: number;
  /** Requests without an answer, with the reason. */
  failures: string[];
  statuses: Record<string, number>;
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
        const response = await (turn % 3 === 0 ? placeOrder(turn) : fetch(`${gatewayUrl}/products/lamp`));
        await response.arrayBuffer();
        traffic.answered += 1;
        traffic.statuses[response.status] = (traffic.statuses[response.status] ?? 0) + 1;
      } catch (error) {
        traffic.failures.push(String((error as Error).cause ?? error));
      }
      await delay(PAUSE_MS);
    }
  }
  const placeOrder = (number: number): Promise<Response> =>
    fetch(`${gatewayUrl}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-correlation-id': `drill-${number}` },
      body: JSON.stringify({ sku: 'chair', quantity: 1 }),
    });
  return traffic;
}
