import { propagationHeaders, withTracingContext } from '@pg-observability/core';

/** An order as the order service answers it. */
export interface Order {
  id: string;
  status: string;
}

/** Calls the order service. The headers carry trace and correlation ID along. */
export function createOrdersClient(baseUrl: string) {
  const call = (path: string, init?: RequestInit): Promise<Order> =>
    withTracingContext(`call orders`, { 'http.request.method': init?.method ?? 'GET' }, async (operation) => {
      const response = await fetch(`${baseUrl}${path}`, {
        ...init,
        headers: { 'content-type': 'application/json', ...propagationHeaders() },
      });
      operation.setAttribute('http.response.status_code', response.status);
      if (!response.ok) {
        throw Object.assign(new Error(`orders answered ${response.status}`), {
          status: response.status === 404 ? 404 : 502,
        });
      }
      return (await response.json()) as Order;
    });
  return {
    place: (sku: string, quantity: number) =>
      call('/orders', { method: 'POST', body: JSON.stringify({ sku, quantity }) }),
    find: (id: string) => call(`/orders/${encodeURIComponent(id)}`),
  };
}
