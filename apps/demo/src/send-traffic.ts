/** What the traffic did. */
export interface TrafficSummary {
  requests: number;
  /** IDs of the orders that were placed, oldest first, with the correlation ID each was placed under. */
  orders: { id: string; sku: string; correlationId: string }[];
  statuses: Record<string, number>;
}

const CLIENTS = 4;
const MAX_REQUESTS = 5_000;

/** Sends requests to the gateway for some seconds: orders that ship, orders that fail, look-ups, and mistakes. */
export async function sendTraffic(gatewayUrl: string, seconds: number): Promise<TrafficSummary> {
  const summary: TrafficSummary = { requests: 0, orders: [], statuses: {} };
  const deadline = Date.now() + seconds * 1_000;
  const client = async (): Promise<void> => {
    while (Date.now() < deadline && summary.requests < MAX_REQUESTS) {
      await sendOne(gatewayUrl, summary);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return summary;
}

async function sendOne(gatewayUrl: string, summary: TrafficSummary): Promise<void> {
  const turn = (summary.requests += 1);
  const lastOrder = summary.orders.at(-1);
  if (turn % 5 === 0 && lastOrder !== undefined) {
    count(summary, await fetch(`${gatewayUrl}/orders/${lastOrder.id}`));
  } else if (turn % 7 === 0) {
    count(summary, await fetch(`${gatewayUrl}/products/${turn % 2 === 0 ? 'lamp' : 'nothing'}`));
  } else if (turn % 31 === 0) {
    count(summary, await fetch(`${gatewayUrl}/no/such/page`));
  } else {
    await placeOrder(gatewayUrl, turn, summary);
  }
}

async function placeOrder(gatewayUrl: string, turn: number, summary: TrafficSummary): Promise<void> {
  const sku = turn % 13 === 0 ? 'unicorn' : turn % 2 === 0 ? 'lamp' : 'chair';
  const response = await fetch(`${gatewayUrl}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-correlation-id': `demo-${turn}` },
    body: JSON.stringify({ sku, quantity: 1 + (turn % 3) }),
  });
  const body = (await response.json()) as { id?: string; correlationId?: string };
  summary.statuses[response.status] = (summary.statuses[response.status] ?? 0) + 1;
  if (response.ok && body.id !== undefined && body.correlationId !== undefined) {
    summary.orders.push({ id: body.id, sku, correlationId: body.correlationId });
  }
}

function count(summary: TrafficSummary, response: Response): void {
  summary.statuses[response.status] = (summary.statuses[response.status] ?? 0) + 1;
  void response.body?.cancel();
}
